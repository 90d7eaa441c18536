import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import test from "ava";
import { silentLog } from "../../src/testing/index.ts";
import { listenEdge } from "../../src/transport/connect/listen.ts";

const GRACE_MS = 10_000;
const CLIENTS = 8;

/** The end of one request over a connection that is kept. */
async function ask(agent: Agent, port: number): Promise<string> {
  const request = get({ agent, port, host: "127.0.0.1", path: "/" });
  try {
    const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
    response.resume();
    await once(response, "end");
    return "answered";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

test("a door that closes under load answers every request that it let in, over connections that are kept too", async (t) => {
  const server = await listenEdge((_, response) => void setImmediate(() => response.end("here")), {
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
  });
  const enough = Promise.withResolvers<void>();
  const ends: string[] = [];
  let answered = 0;
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let end = ""; end !== "ECONNREFUSED"; ) {
      end = await ask(agent, server.port);
      if (end === "answered") answered += 1;
      else ends.push(end);
      if (answered === 500) enough.resolve();
    }
    agent.destroy();
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await enough.promise;
  await server.stop(GRACE_MS);
  await clients;
  t.deepEqual(
    ends,
    Array.from({ length: CLIENTS }, () => "ECONNREFUSED"),
  );
});

test("a request that is under way when its door closes is answered, and its connection with it", async (t) => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = await listenEdge(
    (_, response) => {
      begun.resolve();
      void release.promise.then(() => response.end("here"));
    },
    { host: "127.0.0.1", port: 0, log: silentLog },
  );
  const agent = new Agent({ keepAlive: true });
  const asked = ask(agent, server.port);
  await begun.promise;
  const stopped = server.stop(GRACE_MS);
  release.resolve();
  t.is(await asked, "answered");
  await stopped;
  agent.destroy();
});

test("a connection that has just been opened when its door closes still brings its request", async (t) => {
  const server = await listenEdge((_, response) => void response.end("here"), {
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
  });
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const stopped = server.stop(GRACE_MS);
  while ((await ask(new Agent(), server.port)) !== "ECONNREFUSED");
  socket.write("GET / HTTP/1.1\r\nhost: shop\r\n\r\n");
  const answer = (await socket.setEncoding("utf8").toArray()).join("");
  t.regex(answer, /^HTTP\/1\.1 200 /);
  t.regex(answer, /connection: close/i);
  await stopped;
});

test("connections that the system has queued when a busy door closes are answered as well", async (t) => {
  const server = await listenEdge((_, response) => void response.end("here"), {
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
  });
  // From an answer's arrival: between this and the end of the same turn nobody takes on what the system has queued.
  await ask(new Agent(), server.port);
  const answers = Array.from({ length: CLIENTS }, () => ask(new Agent(), server.port));
  await once(get({ port: server.port, host: "127.0.0.1", path: "/" }), "response");
  const queued = Array.from({ length: CLIENTS }, () => ask(new Agent(), server.port));
  const stopped = server.stop(GRACE_MS);
  t.deepEqual(new Set(await Promise.all([...answers, ...queued])), new Set(["answered"]));
  await stopped;
});

test("a client is told to count on an idle connection no longer than a closing door waits for it", async (t) => {
  const server = await listenEdge((_, response) => void response.end("here"), {
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
  });
  const agent = new Agent({ keepAlive: true });
  const request = get({ agent, port: server.port, host: "127.0.0.1", path: "/" });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  await once(response, "end");
  t.is(response.headers["keep-alive"], "timeout=4");
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
  const last = (await socket.setEncoding("utf8").toArray()).join("");
  t.regex(last, /connection: close/i);
  t.notRegex(last, /keep-alive/i);
  agent.destroy();
  await server.stop(GRACE_MS);
});
