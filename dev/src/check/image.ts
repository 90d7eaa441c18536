import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFileRegistry, type DescFile, type DescMethod, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** The repository's root. */
export const rootFolder = join(import.meta.dirname, "../../..");

const SERVICE_FIELD = 6;
const METHOD_FIELD = 2;
const MAX_IMAGE_BYTES = 64 * 1024 * 1024;

/** The files that buf compiles from the repository's contracts and the `extra` folders (relative to the root), comments included. Throws buf's own words when they do not compile. */
export async function buildContracts(extra: readonly string[] = []): Promise<readonly DescFile[]> {
  const modules = ["proto", "third_party/proto", ...extra].map((path) => ({
    path,
  }));
  const { stdout } = await promisify(execFile)(
    join(rootFolder, "node_modules/.bin/buf"),
    ["build", "--config", JSON.stringify({ version: "v2", modules }), "-o", "-#format=binpb"],
    { cwd: rootFolder, encoding: "buffer", maxBuffer: MAX_IMAGE_BYTES },
  );
  return [...createFileRegistry(fromBinary(FileDescriptorSetSchema, stdout)).files];
}

/** The comment above `method` in its file; empty where there is none. */
export function commentOf(method: DescMethod): string {
  const { file } = method.parent;
  const path = [
    SERVICE_FIELD,
    file.services.indexOf(method.parent),
    METHOD_FIELD,
    method.parent.methods.indexOf(method),
  ];
  const location = file.proto.sourceCodeInfo?.location.find(
    (candidate) => candidate.path.length === path.length && candidate.path.every((part, index) => part === path[index]),
  );
  return (location?.leadingComments ?? "").trim();
}
