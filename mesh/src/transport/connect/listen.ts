import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Session } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { HttpHandler } from "./http.ts";

/** One port that speaks HTTP/1.1 and HTTP/2 without TLS. */
export type EdgeServer = {
  readonly port: number;
  /** Takes no new connections, tells the open ones to leave, cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** What every HTTP/2 client says first (RFC 9113 §3.4). */
const HTTP2_PREFACE = "PRI ";

/** Listens on `port` (0 = any) of `host`. Throws an Error that names the address where it cannot. */
export async function listenEdge(
  handler: HttpHandler,
  { host, port }: { host: string; port: number },
): Promise<EdgeServer> {
  const http1 = createHttpServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 250 } }, handler);
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // A client that is cut off while nobody reads is nobody's error.
    socket.on("error", () => socket.destroy());
    socket.once("readable", () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      const isHttp2 = first.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      (isHttp2 ? http2 : http1).emit("connection", socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async stop(graceMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      http1.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}
