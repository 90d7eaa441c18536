import type { OutgoingHttpHeaders } from "node:http";
import { cancelled } from "../refusals.ts";
import type { HttpResponse } from "./http.ts";

/** A client that reads at all has room again after so much. */
const SLICE_BYTES = 64 * 1024;

/** Sends the head, once; what is set to undefined is left out. */
export function sendHead(response: HttpResponse, status: number, headers: OutgoingHttpHeaders): void {
  // Both have the same method; a union of their overloads cannot be called.
  (response.writeHead as (status: number, headers: OutgoingHttpHeaders) => void).call(response, status, headers);
}

/** Sends `bytes`, slice by slice; throws CANCELLED where the client has gone or read nothing for `stallMs`: it is cut off. */
export async function sendBytes(response: HttpResponse, bytes: Uint8Array, stallMs: number): Promise<void> {
  for (let start = 0; start < bytes.length; start += SLICE_BYTES) {
    if (isGone(response)) throw cancelled();
    const slice = bytes.length <= SLICE_BYTES ? bytes : bytes.subarray(start, start + SLICE_BYTES);
    const hasRoom = (response.write as (slice: Uint8Array) => boolean).call(response, slice);
    if (!hasRoom) await settled(response, "drain", stallMs);
  }
}

/** Ends the answer with `bytes`; a client that does not read them within `stallMs` is cut off. */
export async function sendEnd(response: HttpResponse, bytes: Uint8Array | undefined, stallMs: number): Promise<void> {
  if (isGone(response)) return;
  if (bytes !== undefined && bytes.length <= SLICE_BYTES) {
    response.end(bytes);
  } else {
    if (bytes !== undefined) await sendBytes(response, bytes, stallMs);
    response.end();
  }
  if (!response.writableFinished) await settled(response, "finish", stallMs).catch(() => undefined);
}

/** Whether nobody is there any more. */
function isGone(response: HttpResponse): boolean {
  return response.destroyed || response.writableEnded || (response.socket?.destroyed ?? true);
}

function settled(response: HttpResponse, event: "drain" | "finish", stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => (leave(), resolve());
    const gone = (): void => (leave(), reject(cancelled()));
    const timer = setTimeout(() => {
      cut(response);
      gone();
    }, stallMs);
    const leave = (): void => {
      clearTimeout(timer);
      response.off(event, done).off("close", gone).off("error", gone);
    };
    response.once(event, done).once("close", gone).once("error", gone);
  });
}

/** Ends an answer that nobody reads: HTTP/1.1 its connection, HTTP/2 its stream alone. */
function cut(response: HttpResponse): void {
  if ("stream" in response) response.stream.destroy();
  else response.destroy();
}
