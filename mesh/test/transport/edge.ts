import { once } from "node:events";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";
import type { ExecutionContext } from "ava";
import { silentLog } from "../../src/testing/index.ts";
import type { EdgeLimits } from "../../src/transport/connect/edge-limits.ts";
import type { HttpHandler } from "../../src/transport/connect/http.ts";
import { listenEdge } from "../../src/transport/connect/listen.ts";

/** Answers every request with "well". */
export const well: HttpHandler = (_, response) => void response.end("well");

/** A port with a handler behind it, closed with the test. */
export async function openPort(
  t: ExecutionContext,
  handler: HttpHandler = well,
  limits: Partial<EdgeLimits> = {},
  isProxy = false,
) {
  const options = { host: "127.0.0.1", port: 0, log: silentLog, limits, isProxy: () => isProxy };
  const server = await listenEdge(handler, options);
  t.teardown(() => server.stop(0));
  const { port } = server;
  return {
    port,
    server,
    /** A bare connection, from another address of this machine where one is named. */
    dial(localAddress = "127.0.0.1"): Socket {
      const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => undefined);
      t.teardown(() => socket.destroy());
      return socket;
    },
    /** An HTTP/2 session. */
    dialHttp2(): ClientHttp2Session {
      const session = connectHttp2(`http://127.0.0.1:${port}`).on("error", () => undefined);
      t.teardown(() => session.destroy());
      return session;
    },
  };
}

/** All that comes over `socket` until it is closed. */
export async function heard(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => (text += chunk));
  await closed(socket);
  return text;
}

/** Resolves when `socket` is closed, by whom and how does not matter. */
export function closed(socket: { once(event: "close", listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => socket.once("close", resolve));
}

/** One GET over HTTP/2: its status and body. */
export async function get(session: ClientHttp2Session, path = "/"): Promise<{ status: number; body: string }> {
  const stream = session.request({ ":path": path });
  const [headers] = await once(stream, "response");
  const chunks = await stream.toArray();
  return { status: Number(headers[":status"]), body: Buffer.concat(chunks).toString() };
}
