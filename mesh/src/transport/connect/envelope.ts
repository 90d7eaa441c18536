import { bodyTooLarge, malformedRequest } from "../refusals.ts";
import { readBody, readChunks } from "./body.ts";
import { compressFor, decompress } from "./compression.ts";
import type { CallLimits } from "./wire.ts";
import type { HttpRequest } from "./http.ts";

/** What stands before each message of gRPC, gRPC-Web and Connect's streams: flags and length. */
const PREFIX_BYTES = 5;
const COMPRESSED = 0b1;

/** `message` in an envelope with `flags`. */
export function envelop(flags: number, message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  bytes.writeUInt8(flags, 0);
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

/** As envelop; compressed where the client takes gzip and it is worth it. */
export async function envelopFor(accepted: string | undefined, message: Uint8Array): Promise<Buffer> {
  const compressed = await compressFor(accepted, message);
  return compressed === undefined ? envelop(0, message) : envelop(COMPRESSED, compressed);
}

/** The body's only message. Throws MALFORMED_REQUEST for none, for more, and for half of one; BODY_TOO_LARGE. */
export async function readOnlyMessage(
  request: HttpRequest,
  encoding: string | undefined,
  { maxMessageBytes, bodyTimeoutMs }: CallLimits,
): Promise<Uint8Array> {
  const body = await readBody(request, { maxBytes: maxMessageBytes + PREFIX_BYTES, timeoutMs: bodyTimeoutMs });
  const length = lengthIn(body, maxMessageBytes);
  if (length === undefined || body.length < PREFIX_BYTES + length) throw malformedRequest("the message is cut off");
  if (body.length > PREFIX_BYTES + length) throw malformedRequest("there is more than one message");
  return open(body, encoding, maxMessageBytes);
}

/** The messages of a request that lasts. */
export async function* readMessages(
  request: HttpRequest,
  encoding: string | undefined,
  { maxMessageBytes }: CallLimits,
): AsyncIterable<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of readChunks(request)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const length = lengthIn(rest, maxMessageBytes);
      if (length === undefined || rest.length < PREFIX_BYTES + length) break;
      yield await open(rest.subarray(0, PREFIX_BYTES + length), encoding, maxMessageBytes);
      rest = rest.subarray(PREFIX_BYTES + length);
    }
  }
  if (rest.length > 0) throw malformedRequest("the message is cut off");
}

function lengthIn(bytes: Buffer, maxMessageBytes: number): number | undefined {
  if (bytes.length < PREFIX_BYTES) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length > maxMessageBytes) throw bodyTooLarge(maxMessageBytes);
  return length;
}

async function open(envelope: Buffer, encoding: string | undefined, maxMessageBytes: number): Promise<Uint8Array> {
  const flags = envelope.readUInt8(0);
  const message = envelope.subarray(PREFIX_BYTES);
  if (flags === 0) return message;
  if (flags !== COMPRESSED) throw malformedRequest("the envelope's flags are unknown");
  if (encoding === undefined) throw malformedRequest("the message is compressed, and no header says how");
  return decompress(message, encoding, maxMessageBytes);
}
