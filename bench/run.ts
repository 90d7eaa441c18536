import type { Topology } from "../dev/src/topology.ts";
import { measureCheckout, warmUp } from "./checkout.ts";
import { measureEdge } from "./edge.ts";
import { type Claim, type Figure, judge, names } from "./figures.ts";
import { openJson } from "./http.ts";
import { inTurn } from "./in-turn.ts";
import { type Cost, measure, shortExtent } from "./load.ts";
import { measurePace } from "./pace.ts";
import { type Peer, startPeer } from "./peer.ts";
import { totalMs, type Watched } from "./processor.ts";
import { type BenchMesh, type Ground, layGround, startBenchMesh } from "./world.ts";

/** What can be asked for alone. */
export const parts = ["hop", "commit", "event", "holds", "edge", "checkout", "pace"] as const;
export type Part = (typeof parts)[number];

export type BenchOptions = {
  readonly only: readonly Part[];
  readonly topologies: readonly Topology[];
  readonly profileFolder: string | undefined;
  readonly say: (line: string) => void;
};

export type Report = {
  readonly figures: readonly Figure[];
  readonly claims: readonly Claim[];
  readonly skipped: readonly string[];
  readonly elapsedMs: number;
};

type Run = BenchOptions & {
  readonly ground: Ground;
  readonly echo: Echo;
  readonly figures: Figure[];
  readonly skipped: string[];
  /** Whether there is time for another mesh. */
  readonly hasTime: () => boolean;
  slowestMeshMs: number;
};

type Echo = {
  readonly measure: () => Promise<Cost>;
  /** The mean of the last two measured. */
  readonly latestMs: () => number;
  stop(): Promise<void>;
};

/** No mesh is started that would not be done by then, going by the slowest so far: a run ends within half an hour. */
const END_MS = 1_785_000;
const FIRST_MESH_MS = 240_000;
/** The compilers are still at work after some hundred checkouts; what more warming gains differs from run to run. */
const warmExtent = { count: 1_500, atMostMs: 180_000 };
const EVENT_COUNT = 300;
const HOP_ROUNDS = 6;
const HOLD_ROUNDS = 4;
const HOLDS_OF_ROUND = 1_500;
/** Where the pace of checkouts is measured. */
const PACED = "compact, traced";

/** Should the time not do for all: what most promises are about first. */
const meshes = [
  ["compact", true],
  ["compact", false],
  ["solo", true],
  ["mesh", true],
  ["solo", false],
  ["mesh", false],
] as const;

/** Measures all, or what is asked for, in one run and side by side with what it is compared to. */
export async function runBench(options: BenchOptions): Promise<Report> {
  const startMs = performance.now();
  const ground = await layGround();
  const echo = await startEcho();
  const hasTime = () => performance.now() - startMs + run.slowestMeshMs < END_MS;
  const run: Run = {
    ...options,
    ground,
    echo,
    figures: [],
    skipped: [],
    hasTime,
    slowestMeshMs: FIRST_MESH_MS,
  };
  try {
    run.figures.push(figureOf(run, names.echo, await echo.measure()));
    if (wants(run, "hop")) await measureHops(run);
    if (wants(run, "commit")) await measurePeer(run, names.commit, "commit");
    if (wants(run, "event")) await measurePeer(run, names.event, "events");
    if (wants(run, "holds")) await measureHolds(run);
    for (const [topology, isTraced] of meshes) {
      if (run.topologies.includes(topology)) await measureMesh(run, topology, isTraced);
    }
  } finally {
    await echo.stop();
    await ground.stop();
  }
  const { figures, skipped } = run;
  return { figures, claims: judge(figures), skipped, elapsedMs: performance.now() - startMs };
}

async function measureMesh(run: Run, topology: Topology, isTraced: boolean): Promise<void> {
  const where = `${topology}, ${isTraced ? "traced" : "untraced"}`;
  const wantsPace = wants(run, "pace") && where === PACED;
  if (!wants(run, "edge") && !wants(run, "checkout") && !wantsPace) return;
  if (!run.hasTime()) return void run.skipped.push(where);
  run.say(`starting ${where}`);
  const startMs = performance.now();
  const { profileFolder } = run;
  const mesh = await startBenchMesh(run.ground, { topology, isTraced, profileFolder });
  try {
    if (wants(run, "edge")) await edgeFigures(run, mesh, where);
    if (wants(run, "checkout")) await checkoutFigure(run, mesh, where);
    if (wantsPace) await paceFigures(run, mesh);
  } finally {
    await mesh.stop();
    run.slowestMeshMs = Math.max(run.slowestMeshMs, performance.now() - startMs);
  }
}

async function edgeFigures(run: Run, mesh: BenchMesh, where: string): Promise<void> {
  const extent = { ...shortExtent, warmMs: 1_500, warmCount: 6_000, loadCount: 1_600 };
  const { product, list } = await besideEcho(run, () => measureEdge(mesh, extent));
  run.figures.push(figureOf(run, names.product(where), product), figureOf(run, names.list(where), list));
}

async function checkoutFigure(run: Run, mesh: BenchMesh, where: string): Promise<void> {
  run.say("checkouts until it is warm");
  await warmUp(mesh, warmExtent);
  const extent = { bursts: 12, aloneCount: 24, countedCount: 3 };
  const cost = await besideEcho(run, () => measureCheckout(mesh, extent));
  run.figures.push({
    ...figureOf(run, names.checkout(where), { ...cost, count: cost.latency.count }),
    counts: cost.counts,
    followingCpuMs: totalMs(cost.following),
  });
}

/** Measures N before and after: on a machine that others share it drifts within a minute. */
async function besideEcho<T>({ echo }: Run, work: () => Promise<T>): Promise<T> {
  await echo.measure();
  const result = await work();
  await echo.measure();
  return result;
}

async function paceFigures(run: Run, mesh: BenchMesh): Promise<void> {
  run.say("checkouts of few and of many buyers");
  const { few, many } = await besideEcho(run, () => measurePace(mesh));
  run.figures.push({ ...figureOf(run, names.fewBuyers, few), everyMs: few.everyMs });
  run.figures.push({ ...figureOf(run, names.manyBuyers, many), everyMs: many.everyMs });
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
async function measurePeer(run: Run, name: string, program: string): Promise<void> {
  run.say(name);
  const { servers, infrastructure } = run.ground;
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
async function measureHolds(run: Run): Promise<void> {
  run.say("holds of one hot sku and of many");
  const { servers, infrastructure } = run.ground;
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

async function startEcho(): Promise<Echo> {
  const peer = startPeer("echo", []);
  const { port } = await peer.ask({ kind: "listen" });
  const client = openJson(`http://127.0.0.1:${port}`);
  const body = { id: "01890a5d-ac96-774b-bcce-b302099a8057", name: "a small thing", quantity: 2 };
  const latest: number[] = [];
  return {
    async measure() {
      const cost = await measure({ server: peer.pid }, () => client.post("/", body), shortExtent);
      latest.unshift(totalMs(cost.cpu));
      latest.splice(2);
      return cost;
    },
    latestMs: () => latest.reduce((sum, ms) => sum + ms, 0) / latest.length,
    async stop() {
      client.close();
      await peer.stop();
    },
  };
}

function figureOf({ echo }: Run, name: string, { cpu, latency }: Omit<Cost, "count"> & { count: number }): Figure {
  const total = totalMs(cpu);
  const echoMs = echo.latestMs();
  return { name, cpu, totalCpuMs: total, echoMs, multiple: total / echoMs, latency };
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

function wants({ only }: BenchOptions, part: Part): boolean {
  return only.length === 0 || only.includes(part);
}
