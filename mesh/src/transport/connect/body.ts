import type { DomainError } from "@shopmesh/kernel";
import { bodyTimeout, bodyTooLarge, cancelled } from "../refusals.ts";
import type { BodyLimits, HttpRequest } from "./http.ts";

/**
 * The whole body. Throws BODY_TOO_LARGE, before it is read where its length is told; BODY_TIMEOUT; CANCELLED where the
 * client left in the middle. What comes after a refusal is thrown away unread.
 */
export function readBody(request: HttpRequest, { maxBytes, timeoutMs }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => refuse(bodyTimeout(timeoutMs)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      request.off("data", take).off("end", end).off("error", leave).off("close", leave);
    };
    const refuse = (error: DomainError): void => {
      settle();
      discard(request);
      reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) return refuse(bodyTooLarge(maxBytes));
      chunks.push(chunk);
    };
    const end = (): void => {
      settle();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    };
    const leave = (): void => refuse(cancelled());
    request.on("data", take).once("end", end).once("error", leave).once("close", leave);
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) refuse(bodyTooLarge(maxBytes));
  });
}

/** The body's chunks as they come; for a stream of requests, which may last. Throws CANCELLED. */
export async function* readChunks(request: HttpRequest): AsyncIterable<Buffer> {
  try {
    for await (const chunk of request) yield chunk as Buffer;
  } catch (error) {
    throw cancelled(error);
  }
}

function discard(request: HttpRequest): void {
  request.on("error", () => undefined);
  request.resume();
}
