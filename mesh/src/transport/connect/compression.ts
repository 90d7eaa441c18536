import { promisify } from "node:util";
import { brotliDecompress, gunzip, gzip } from "node:zlib";
import { bodyTooLarge, encodingUnknown, malformedRequest } from "../refusals.ts";

/** Below this a compressed answer spares no packet. */
const COMPRESS_FROM_BYTES = 1_400;
/** Two thirds of the best's gain for a third of its time. */
const COMPRESSION_LEVEL = 4;

const decompressors: ReadonlyMap<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>> =
  new Map([
    ["gzip", promisify(gunzip)],
    ["br", promisify(brotliDecompress)],
  ]);
const compress = promisify(gzip);

/** What a request may be compressed by. */
export const acceptedEncodings = [...decompressors.keys()].join(",");

/** Whether a request says that it is compressed at all. Throws ENCODING_UNKNOWN for what nobody here can read. */
export function encodingOf(named: string | undefined | null): string | undefined {
  if (named === undefined || named === null || named === "" || named === "identity") return undefined;
  if (decompressors.has(named)) return named;
  throw encodingUnknown(named, acceptedEncodings);
}

/** What `bytes` hold, never more than `maxBytes`. Throws BODY_TOO_LARGE, MALFORMED_REQUEST. */
export async function decompress(bytes: Uint8Array, encoding: string, maxBytes: number): Promise<Uint8Array> {
  const decompressor = decompressors.get(encoding);
  if (decompressor === undefined || bytes.length === 0) return bytes;
  try {
    return await decompressor(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) throw bodyTooLarge(maxBytes, error);
    throw malformedRequest(`the body is no ${encoding}`, error);
  }
}

/** `bytes` by gzip where the client takes it and it is worth it. */
export async function compressFor(accepted: string | undefined, bytes: Uint8Array): Promise<Buffer | undefined> {
  if (bytes.length < COMPRESS_FROM_BYTES || !takesGzip(accepted)) return undefined;
  return compress(bytes, { level: COMPRESSION_LEVEL });
}

/** Whether an accept-encoding header names gzip. */
export function takesGzip(accepted: string | undefined): boolean {
  return accepted !== undefined && /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?(?:,|\s|$))/.test(accepted);
}
