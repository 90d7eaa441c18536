import type { Clock } from "@shopmesh/kernel";
import type { Storage } from "../storage.ts";
import { createFolderStorage } from "./folder-storage.ts";

/** Where objects are kept. */
export type StoragePlace =
  | { readonly kind: "folder"; readonly folder: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      readonly endpoint: string | undefined;
      readonly region: string;
    };

/** What opening takes besides the place. */
export type OpenStorageOptions = {
  readonly place: StoragePlace;
  /** For S3; both empty: whatever the AWS SDK finds. */
  readonly accessKey: string;
  readonly secretKey: string;
  readonly secret: Uint8Array;
  readonly clock: Clock;
};

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * The place that a STORAGE_URL names: "file:/var/lib/shopmesh", "file:.shopmesh/storage" (below the working folder),
 * "s3://bucket?endpoint=http://s3:8333&region=eu-central-1". Throws an Error that says what is wrong.
 */
export function parseStorageUrl(value: string): StoragePlace {
  if (value.startsWith("file:")) {
    const folder = value.slice("file:".length).replace(/^\/\/(?=\/)/, "");
    if (folder === "" || folder.startsWith("//")) throw new Error("must name a folder: file:/var/lib/shopmesh");
    return { kind: "folder", folder };
  }
  const url = URL.parse(value);
  if (url?.protocol !== "s3:") throw new Error("must start with file: or s3://");
  if (!BUCKET.test(url.host)) throw new Error("must name a bucket: s3://shopmesh");
  const unknown = [...url.searchParams.keys()].filter((name) => name !== "endpoint" && name !== "region");
  if (unknown.length > 0) throw new Error(`knows endpoint and region, not ${unknown.join(", ")}`);
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ""))
    throw new Error("must have an endpoint that starts with http:// or https://");
  return { kind: "s3", bucket: url.host, endpoint, region: url.searchParams.get("region") ?? "us-east-1" };
}

/** The storage at `place`. The AWS SDK is loaded only where it is used: it costs a process 36 MB. */
export async function openStorage({
  place,
  accessKey,
  secretKey,
  secret,
  clock,
}: OpenStorageOptions): Promise<Storage> {
  if (place.kind === "folder") return createFolderStorage({ folder: place.folder, secret, clock });
  const { createS3Storage } = await import("./s3-storage.ts");
  const credentials = accessKey === "" ? undefined : { accessKeyId: accessKey, secretAccessKey: secretKey };
  return createS3Storage({ ...place, credentials, secret, clock });
}
