import { type DescService, type Message } from "@bufbuild/protobuf";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Every service contract of the generated client package: a contract that is added is answered at the gateway with no
 * line written here.
 */
export async function loadContracts(): Promise<readonly DescService[]> {
  const folder = dirname(dirname(dirname(fileURLToPath(import.meta.resolve("@shopmesh/contracts/shop/mesh/v1/options_pb.ts")))));
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith("_service_pb.ts")).sort();
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(folder, file)).href) as Promise<object>));
  return modules.flatMap((module) => Object.values(module).filter(isContract));
}

/** The contracts that every service answers, told apart by the `service` field of the request. */
export function isAnsweredByEach(contract: DescService): boolean {
  return contract.typeName === "shop.mesh.v1.EventAdminService";
}

/** The name in the `service` field of a request; empty where there is none. */
export function serviceNamedBy(request: Message): string {
  return "service" in request && typeof request.service === "string" ? request.service : "";
}

function isContract(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
