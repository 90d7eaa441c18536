import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { followBucket } from "../../src/events/bucket.ts";
import { connectNats, type Nats } from "../../src/events/nats.ts";
import { ensureStream, eventStream } from "../../src/events/streams.ts";
import { freePort, quiet, until } from "./support.ts";

const PASSWORD = "p@ss/word";
const configuration = fileURLToPath(new URL("../../../deploy/nats/nats.conf", import.meta.url));

/** Three servers of the deployment's own configuration on loopback; their URL and, by name, how to kill one. */
async function cluster(t: ExecutionContext) {
  const names = ["nats-1", "nats-2", "nats-3"];
  const members = await Promise.all(
    names.map(async (name) => ({
      name,
      port: await freePort(),
      clusterPort: await freePort(),
      folder: await mkdtemp(join(tmpdir(), "mesh-nats-")),
    })),
  );
  const routes = members.map(({ clusterPort }) => `nats://127.0.0.1:${clusterPort}`).join(",");
  const children = new Map<string, ChildProcess>();
  t.teardown(async () => {
    await Promise.all([...children.values()].map(kill));
    await Promise.all(members.map(({ folder }) => rm(folder, { recursive: true, force: true })));
  });
  for (const { name, port, clusterPort, folder } of members) {
    const own = ["--cluster", `nats://127.0.0.1:${clusterPort}`, "--routes", routes, "-sd", folder, "-m", "-1"];
    const child = spawn(
      "nats-server",
      ["-c", configuration, "--server_name", name, "-a", "127.0.0.1", "-p", String(port), ...own],
      {
        env: { ...process.env, NATS_PASSWORD: PASSWORD },
        stdio: "ignore",
      },
    );
    children.set(name, child);
  }
  const user = `shopmesh:${encodeURIComponent(PASSWORD)}`;
  const [first, ...others] = members.map(({ port }) => `127.0.0.1:${port}`);
  return {
    url: [`nats://${user}@${first}`, ...others.map((host) => `nats://${host}`)].join(","),
    kill: (name: string) => kill(children.get(name)),
  };
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function connected(t: ExecutionContext, url: string, replicas: number): Promise<Nats> {
  const nats = await connectNats({ url, replicas, name: "test", log: quiet });
  t.teardown(() => nats.close());
  return nats;
}

/** A cluster says that it has no JetStream until it has elected a leader. */
async function settled<T>(work: () => Promise<T>): Promise<T> {
  let result: T | undefined;
  await until(async () => {
    result = await work().catch(() => undefined);
    return result !== undefined;
  }, 60_000);
  if (result === undefined) throw new Error("it did not settle");
  return result;
}

test("in a cluster of three what is acknowledged outlives any one server", async (t) => {
  const servers = await cluster(t);
  const nats = await connected(t, servers.url, 3);
  const spec = eventStream("eu", "order");
  const { info } = await settled(() => ensureStream(nats, spec));
  t.is(info.config.num_replicas, 3);
  const bucket = followBucket({ nats, log: quiet, name: "shopmesh_test", onEntry: () => undefined });
  t.teardown(() => bucket.stop());
  await bucket.isFollowed;
  t.is((await nats.manager.streams.info("KV_shopmesh_test")).config.num_replicas, 3);
  await nats.jetstream.publish("shop.order.v1.OrderPlaced", "first");
  // The one that leads the stream: another takes its place.
  await servers.kill(info.cluster?.leader ?? "");
  await settled(() => nats.jetstream.publish("shop.order.v1.OrderPlaced", "second"));
  const { state } = await settled(() => nats.manager.streams.info(spec.name));
  t.true(state.messages >= 2);
});

test("a stream's replicas are raised to what is set, and never lowered", async (t) => {
  const servers = await cluster(t);
  const [one, three] = await Promise.all([connected(t, servers.url, 1), connected(t, servers.url, 3)]);
  const spec = eventStream("eu", "order");
  t.is((await settled(() => ensureStream(one, spec))).info.config.num_replicas, 1);
  t.is((await settled(() => ensureStream(three, spec))).info.config.num_replicas, 3);
  t.is((await settled(() => ensureStream(one, spec))).info.config.num_replicas, 3);
});

test("a server with a password lets nobody in without it", async (t) => {
  const servers = await cluster(t);
  await connected(t, servers.url, 1);
  const [first = ""] = servers.url.split(",");
  const open = first.replace(/\/\/.*@/, "//");
  await t.throwsAsync(connectNats({ url: open, name: "test", log: quiet, retryForMs: 0 }), {
    message: /no NATS server answers.*authorization/i,
  });
});
