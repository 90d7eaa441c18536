import { type BenchOptions, besideEcho, figureOf, type Run, startEcho, wants } from "./context.ts";
import { type Claim, type Figure, judge, names } from "./figures.ts";
import { inTurn } from "./in-turn.ts";
import { type Cost, shortExtent } from "./load.ts";
import { measureMeshes, sideBySide } from "./meshes.ts";
import { type Peer, startPeer } from "./peer.ts";
import type { Watched } from "./processor.ts";
import { type Ground, layGround } from "./world.ts";

/** What a run has come to. */
export type Report = {
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
  readonly skipped: readonly string[];
  readonly elapsedMs: number;
};

/** No mesh is started that would not be done by then, going by the slowest so far: a run ends within half an hour. */
const END_MS = 1_785_000;
const FIRST_MESH_MS = 240_000;
const EVENT_COUNT = 300;
const HOP_ROUNDS = 6;
const HOLD_ROUNDS = 4;
const HOLDS_OF_ROUND = 1_500;

/** Measures all, or what is asked for, in one run and side by side with what it is compared to. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const startMs = performance.now();
  const echo = await startEcho();
  const hasTime = (count: number) => performance.now() - startMs + count * run.slowestMeshMs < END_MS;
  const run: Run = {
    ...options,
    echo,
    figures: [],
    skipped: [],
    hasTime,
    slowestMeshMs: FIRST_MESH_MS,
  };
  try {
    run.figures.push(figureOf(run, names.echo, await echo.measure()));
    if (wants(run, "hop")) await measureHops(run);
    if (onDatabases.some((part) => wants(run, part))) await measureOnDatabases(run);
    for (const plans of sideBySide) await measureMeshes(run, plans);
  } finally {
    await echo.stop();
  }
  const { figures, skipped } = run;
  return { figures, claims: judge(figures), skipped, elapsedMs: performance.now() - startMs };
}

/** Parts that need databases and no mesh: a mesh has its own. */
const onDatabases = ["commit", "event", "holds"] as const;

async function measureOnDatabases(run: Run): Promise<void> {
  const ground = await layGround();
  try {
    if (wants(run, "commit")) await measurePeer(run, ground, names.commit, "commit");
    if (wants(run, "event")) await measurePeer(run, ground, names.event, "events");
    if (wants(run, "holds")) await measureHolds(run, ground);
  } finally {
    await ground.stop();
  }
}

async function measureHops(run: Run): Promise<void> {
  run.say("one hop: bare grpc-js, by the mesh, in process");
  const sink = startPeer("sink", []);
  const { port } = await sink.ask({ kind: "listen" });
  const tracing = { OTLP_URL: `http://127.0.0.1:${port}` };
  const [bare, hop] = [await openEnds("bare", {}), await openEnds("mesh", tracing)];
  try {
    const hops = [
      { name: names.bareGrpc, measure: bare.measure },
      { name: names.hopGrpc, measure: hop.measure },
    ];
    const costs = await besideEcho(run, () => inTurn(HOP_ROUNDS, hops));
    for (const { name, cost } of costs) run.figures.push(figureOf(run, name, cost));
    await withPeer(startPeer("grpc", ["local"], tracing), async (peer) => {
      run.figures.push(figureOf(run, names.hopLocal, await costOf(peer, { process: peer.pid })));
    });
  } finally {
    for (const peer of [...bare.peers, ...hop.peers, sink]) await peer.stop();
  }
}

/** A server and its client. */
async function openEnds(kind: "bare" | "mesh", environment: Readonly<Record<string, string>>) {
  const server = startPeer("grpc", [`${kind}-server`], environment);
  const { port } = await server.ask({ kind: "listen" });
  const client = startPeer("grpc", [`${kind}-client`, String(port)], environment);
  const measure = (): Promise<Cost> => costOf(client, { server: server.pid, client: client.pid });
  return { peers: [client, server], measure };
}

/** A peer that works on the databases: what it costs itself and them. */
async function measurePeer(run: Run, ground: Ground, name: string, program: string): Promise<void> {
  run.say(name);
  const { servers, infrastructure } = ground;
  const url = await benchSchema(infrastructure.databaseUrl);
  const environment = { BENCH_DATABASE_URL: url, NATS_URL: infrastructure.natsUrl };
  const sink = startPeer("sink", []);
  const { port } = await sink.ask({ kind: "listen" });
  try {
    await withPeer(startPeer(program, [], { ...environment, OTLP_URL: `http://127.0.0.1:${port}` }), async (peer) => {
      await peer.ask({ kind: "listen" });
      const extent = { ...shortExtent, serialCount: EVENT_COUNT };
      run.figures.push(figureOf(run, name, await costOf(peer, { process: peer.pid, ...servers }, extent)));
    });
  } finally {
    await sink.stop();
  }
}

/** Holds of one sku and of many, in turn: a machine that others use too is then the same for both. */
async function measureHolds(run: Run, ground: Ground): Promise<void> {
  run.say("holds of one hot sku and of many");
  const { servers, infrastructure } = ground;
  const url = await benchSchema(infrastructure.databaseUrl);
  const environment = { BENCH_DATABASE_URL: url, NATS_URL: infrastructure.natsUrl };
  const peers = { [names.hotHolds]: "1", [names.holds]: "200" };
  const extent = { ...shortExtent, loadCount: HOLDS_OF_ROUND };
  const started = Object.entries(peers).map(([name, skus]) => ({
    name,
    peer: startPeer("holds", [skus], environment),
  }));
  try {
    for (const { peer } of started) await peer.ask({ kind: "listen" });
    const holds = started.map(({ name, peer }) => ({
      name,
      measure: () => costOf(peer, { process: peer.pid, ...servers }, extent),
    }));
    for (const { name, cost } of await inTurn(HOLD_ROUNDS, holds)) {
      run.figures.push({ ...figureOf(run, name, cost), everyMs: (cost.elapsedMs ?? 0) / cost.count });
    }
  } finally {
    for (const { peer } of started) await peer.stop();
  }
}

async function benchSchema(databaseUrl: string): Promise<string> {
  const { createConnection } = await import("mysql2/promise");
  const connection = await createConnection(databaseUrl);
  await connection.query("CREATE DATABASE IF NOT EXISTS bench CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci");
  await connection.end();
  return Object.assign(new URL(databaseUrl), { pathname: "/bench" }).href;
}

async function costOf(peer: Peer, pids: Watched, extent = shortExtent): Promise<Cost> {
  const { cost } = await peer.ask({ kind: "measure", extent, pids });
  if (cost === undefined) throw new Error("a bench peer told no cost");
  return cost;
}

async function withPeer<T>(peer: Peer, work: (peer: Peer) => Promise<T>): Promise<T> {
  try {
    return await work(peer);
  } finally {
    await peer.stop();
  }
}
