import { constants, type Http2Stream, type ServerHttp2Session } from "node:http2";
import type { EdgeLimits } from "./edge-limits.ts";

type SessionLimits = Pick<EdgeLimits, "idleTimeoutMs" | "controlBurst" | "controlsPerSecond">;

/** Ends an HTTP/2 connection that carries no request for too long, or that floods with frames that carry none. */
export function guardSession(session: ServerHttp2Session, limits: SessionLimits): void {
  let streams = 0;
  session.on("stream", (stream: Http2Stream) => {
    streams += 1;
    stream.once("close", () => (streams -= 1));
  });
  session.setTimeout(limits.idleTimeoutMs, () => {
    if (streams === 0) session.close();
  });
  const spend = allowance(limits.controlBurst, limits.controlsPerSecond);
  const count = (): void => {
    if (!spend() && !session.destroyed) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  };
  session.on("ping", count);
  session.on("remoteSettings", count);
}

/** Whether one more is allowed: `burst` at once, `perSecond` after that. */
function allowance(burst: number, perSecond: number): () => boolean {
  let left = burst;
  let atMs = performance.now();
  return () => {
    const nowMs = performance.now();
    left = Math.min(burst, left + ((nowMs - atMs) * perSecond) / 1_000) - 1;
    atMs = nowMs;
    return left >= 0;
  };
}
