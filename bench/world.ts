import { mkdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type Infrastructure, startInfrastructure } from "../dev/src/infrastructure/start.ts";
import { launchMesh, type Mesh } from "../dev/src/launcher.ts";
import { nodeFlags, nodeProgram } from "../dev/src/paths.ts";
import { seedMesh } from "../dev/src/seeding.ts";
import { removeTemporaryFolder, temporaryFolder } from "../dev/src/testing.ts";
import type { Topology } from "../dev/src/topology.ts";
import type { Watched } from "./processor.ts";
import { fillShelves } from "./stock.ts";

/** The databases of one run, each commit forced to the disk as in earnest, and a folder that goes with it. */
export type Ground = {
  readonly folder: string;
  readonly infrastructure: Infrastructure;
  readonly servers: Watched;
  stop(): Promise<void>;
};

/** A mesh on that ground. */
export type BenchMesh = {
  readonly gatewayUrl: string;
  /** Its processes and the databases; not the sandbox, which is the outside world. */
  readonly watched: Watched;
  readonly operationsPorts: readonly number[];
  /** Nobody hears of anything until `goOn`: NATS stands still, so that relays wait for it and consumers for them. */
  holdEvents(): void;
  goOn(): void;
  /** Stops all of its processes and databases where they are: another mesh then has the machine to itself. */
  freeze(): void;
  /** Lets them go on; as soon as they have caught up. */
  thaw(): Promise<void>;
  stop(): Promise<void>;
};

export type BenchMeshOptions = {
  readonly topology: Topology;
  readonly isTraced: boolean;
  /** Where the processes write their CPU profiles when they end. */
  readonly profileFolder?: string | undefined;
};

const READY_MS = 90_000;
/** What was due while a mesh was frozen, and connections that were missed, are made up for within that. */
const CATCH_UP_MS = 3_000;

/** The outside world tells its news so late that no checkout is still under way. */
export const WEBHOOKS_AFTER_MS = 1_000;

/** Starts MariaDB, NATS and Redis on free ports, empty. */
export async function layGround(): Promise<Ground> {
  const folder = temporaryFolder();
  const infrastructure = await startInfrastructure({ folder, ports: "free" });
  return {
    folder,
    infrastructure,
    servers: Object.fromEntries(infrastructure.servers.map((server) => [server.name, server.pid() ?? 0])),
    async stop() {
      await infrastructure.stop();
      removeTemporaryFolder(folder);
    },
  };
}

/** Starts the whole mesh; the first one fills the shop, the later ones find it filled. */
export async function startBenchMesh(ground: Ground, options: BenchMeshOptions): Promise<BenchMesh> {
  const { folder, infrastructure } = ground;
  const { databaseUrl, natsUrl, redisUrl } = infrastructure;
  const mesh = await launchMesh({
    folder,
    topology: options.topology,
    ports: "free",
    environment: {
      ...withoutTelemetry(process.env),
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrl,
      REDIS_URL: redisUrl,
      LOG_LEVEL: "warn",
      NODE_ENV: "development",
      ...(options.isTraced ? {} : { OTLP_URL: "none" }),
    },
    ...profiling(options.profileFolder),
  });
  try {
    await requireFilled(mesh, folder);
    await fillShelves(mesh.gatewayUrl);
    await delayWebhooks(mesh);
  } catch (error) {
    await mesh.stop();
    throw error;
  }
  const tellNats = (signal: "SIGSTOP" | "SIGCONT") => process.kill(ground.servers["nats"] ?? 0, signal);
  const all = [...[...mesh.processes.values()].map((one) => one.pid()), ...Object.values(ground.servers)];
  const tellAll = (signal: "SIGSTOP" | "SIGCONT") =>
    all.forEach((pid) => pid !== undefined && process.kill(pid, signal));
  let isFrozen = false;
  return {
    gatewayUrl: mesh.gatewayUrl,
    watched: { ...pidsOf(mesh), ...ground.servers },
    operationsPorts: Object.values(mesh.addresses.operations),
    holdEvents: () => void tellNats("SIGSTOP"),
    goOn: () => void tellNats("SIGCONT"),
    freeze() {
      isFrozen = true;
      tellAll("SIGSTOP");
    },
    async thaw() {
      if (!isFrozen) return;
      isFrozen = false;
      tellAll("SIGCONT");
      await delay(CATCH_UP_MS);
    },
    async stop() {
      try {
        if (isFrozen) tellAll("SIGCONT");
      } finally {
        await mesh.stop();
      }
    },
  };
}

async function requireFilled(mesh: Mesh, folder: string): Promise<void> {
  const problems = Object.entries(await mesh.ready(READY_MS));
  if (problems.length > 0)
    throw new Error(`the mesh is not ready: ${problems.map(([name, problem]) => `${name}: ${problem}`).join("; ")}`);
  const { outcome } = await seedMesh(folder, mesh.environment, undefined);
  if (outcome === "failed") throw new Error("the shop could not be filled; the seed's words are above");
}

async function delayWebhooks({ sandboxUrl }: Mesh): Promise<void> {
  for (const provider of ["stripe", "fedex"]) {
    const late = { provider, kind: "webhookLate", count: 1_000_000, delayMs: WEBHOOKS_AFTER_MS };
    const { status } = await fetch(`${sandboxUrl}/sandbox/faults`, { method: "POST", body: JSON.stringify(late) });
    if (status !== 201) throw new Error(`the sandbox does not delay its webhooks: ${status}`);
  }
}

function pidsOf(mesh: Mesh): Watched {
  return Object.fromEntries(mesh.plans.map(({ name }) => [name, mesh.processes.get(name)?.pid() ?? 0]));
}

function withoutTelemetry({ OTLP_URL: _otlp, PORT: _port, ...environment }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return environment;
}

function profiling(folder: string | undefined): Pick<Parameters<typeof launchMesh>[0], "commandOf"> {
  if (folder === undefined) return {};
  mkdirSync(folder, { recursive: true });
  return {
    commandOf: ({ name, services, heapMegabytes }) => [
      nodeProgram,
      ...nodeFlags,
      `--max-old-space-size=${heapMegabytes}`,
      "--cpu-prof",
      `--cpu-prof-dir=${folder}`,
      `--cpu-prof-name=${name}.cpuprofile`,
      "process/main.ts",
      services.join(","),
    ],
  };
}
