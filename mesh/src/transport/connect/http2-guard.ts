import { constants, type Http2Stream, type ServerHttp2Session } from "node:http2";
import { createAllowance } from "./allowance.ts";
import type { EdgeLimits } from "./edge-limits.ts";

type SessionLimits = Pick<EdgeLimits, "idleTimeoutMs" | "controlBurst" | "controlsPerSecond">;

/**
 * Ends an HTTP/2 connection that carries no request for too long, or that floods with frames that carry none. `offended` is
 * called where it had to be ended for what it sent, its resets among that.
 */
export function guardSession(session: ServerHttp2Session, limits: SessionLimits, offended: () => void): void {
  let streams = 0;
  session.on("stream", (stream: Http2Stream) => {
    streams += 1;
    stream.once("close", () => (streams -= 1));
  });
  session.setTimeout(limits.idleTimeoutMs, () => {
    if (streams === 0) session.close();
  });
  const controls = createAllowance(limits.controlBurst, limits.controlsPerSecond);
  const count = (): void => {
    if (controls.take() || session.destroyed) return;
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    offended();
  };
  session.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith("ERR_HTTP2_") === true) offended();
  });
  session.on("ping", count);
  session.on("remoteSettings", count);
}

/** What an HTTP/2 client is told that is not served for now: empty settings, and GOAWAY with ENHANCE_YOUR_CALM. */
export const calmDown = Buffer.from("000000040000000000" + "000008070000000000" + "00000000" + "0000000b", "hex");
