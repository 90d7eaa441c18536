import type { Socket } from "node:net";

/** What every HTTP/2 client says first (RFC 9113 §3.4) begins so; no HTTP/1.1 request does. */
const HTTP2_PREFACE = Buffer.from("PRI ");

/**
 * Reads the first bytes of a connection, however they are cut into packets, until they tell HTTP/2 from HTTP/1.1, and
 * puts them back. What says nothing within `timeoutMs`, or leaves, is closed.
 */
export function detectProtocol(socket: Socket, timeoutMs: number, found: (isHttp2: boolean) => unknown): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const leave = (): void => {
    clearTimeout(timer);
    socket.off("readable", look).off("close", leave).off("end", end);
  };
  const end = (): void => void socket.destroy();
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, HTTP2_PREFACE.length);
    const fits = seen.subarray(0, compared).equals(HTTP2_PREFACE.subarray(0, compared));
    if (fits && compared < HTTP2_PREFACE.length) return;
    leave();
    socket.unshift(seen);
    found(fits);
  };
  socket.on("readable", look).once("close", leave).once("end", end);
}
