import http2, { constants, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { EdgeLimits } from "./edge-limits.ts";
import type { HttpHandler } from "./http.ts";
import { leanHttp2 } from "../lean-http2.ts";
import { calmDown, guardSession } from "./http2-guard.ts";
import type { Offenders } from "./offenders.ts";

/** Of the resets that a connection may else begin with, while many are ended for theirs. */
const WARY_SHARE = 0.1;

/** What is HTTP/2 at a port. */
export type Http2Door = {
  /** Those that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  /** Serves a connection, or says that it comes too often. */
  take(socket: Socket): void;
};

/**
 * Serves HTTP/2 connections until `isDraining`; those that are ended for what they sent are noted as `offenders`', and addresses
 * that are such get none.
 */
export function openHttp2(
  handler: HttpHandler,
  limits: EdgeLimits,
  offenders: Offenders,
  isDraining: () => boolean,
): Http2Door {
  const sessions = new Set<ServerHttp2Session>();
  const serve = (resetBurst: number): Http2Server =>
    createHttp2(handler, { ...limits, resetBurst }).on("session", (session) => {
      sessions.add(session);
      if (isDraining()) session.close();
      session.once("close", () => sessions.delete(session));
      const address = session.socket.remoteAddress ?? "";
      guardSession(session, limits, () => offenders.note(address));
    });
  const usual = serve(limits.resetBurst);
  // A swarm comes from a new address each time: what a connection may reset before it ends is all that it costs.
  const wary = serve(Math.ceil(limits.resetBurst * WARY_SHARE));
  return {
    sessions,
    take(socket) {
      const address = socket.remoteAddress ?? "";
      if (offenders.has(address)) {
        socket.end(calmDown);
        return socket.destroySoon();
      }
      (offenders.areMany(address) ? wary : usual).emit("connection", socket);
    },
  };
}

function createHttp2(handler: HttpHandler, limits: EdgeLimits): Http2Server {
  leanHttp2();
  const megabyte = 1_000_000;
  const server = http2.createServer(
    {
      settings: { maxConcurrentStreams: limits.maxStreams, maxHeaderListSize: limits.maxHeaderBytes },
      maxHeaderListPairs: limits.maxHeaders + 1,
      maxSessionMemory: Math.max(1, Math.round(limits.maxSessionBytes / megabyte)),
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
      streamResetBurst: limits.resetBurst,
      streamResetRate: limits.resetsPerSecond,
    },
    handler,
  );
  // What a client resets in the same breath never becomes a request, which costs more than its stream. One with a body must
  // become one at once: its end would go unheard.
  const [serve] = server.listeners("stream");
  server.removeAllListeners("stream").on("stream", (stream, headers, flags, ...rest) => {
    const open = (): void => void serve?.call(server, stream, headers, flags, ...rest);
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) return open();
    stream.on("error", () => undefined);
    setImmediate(() => {
      if (!stream.closed && !stream.destroyed) open();
    });
  });
  return server;
}
