import { mkdtempSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { controlInfrastructure, type InfrastructureControl } from "./infrastructure/control.ts";
import { launchMesh, type LaunchOptions, type Mesh } from "./launcher.ts";
import { stateFolder } from "./paths.ts";
import { seedMesh } from "./seeding.ts";
import { describeState } from "./supervisor.ts";
import type { Replicas, Topology } from "./topology.ts";

const restartedWithinMs = 60_000;

export type StartMeshOptions = {
  readonly topology: Topology;
  /** Only these, the gateway by its name; default: all that exist. */
  readonly services?: readonly string[];
  /** How many processes of each kind; default: one. */
  readonly replicas?: Replicas;
  /** TLS between its processes. */
  readonly mtls?: boolean;
  /** Fills it with the seed's shop before it is given; default: empty. */
  readonly seed?: boolean;
  /** Set for every process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly commandOf?: LaunchOptions["commandOf"];
};

export type TestMesh = {
  readonly topology: Topology;
  readonly gatewayUrl: string;
  readonly sandboxUrl: string;
  /** The gateway's instances, that of `gatewayUrl` first. */
  readonly gatewayUrls: readonly string[];
  /** "127.0.0.1:port" of the gRPC of a service's first instance. */
  readonly address: (service: string) => string;
  /** Where a process tells how it is, by the process's name: /healthz, /readyz, /metrics. */
  readonly operationsUrl: (name: string) => string;
  /** What runs now: a process that was started again has another pid. */
  readonly processes: readonly {
    readonly name: string;
    readonly pid: number;
    readonly services: readonly string[];
  }[];
  /** The ports of health and metrics by process. */
  readonly operations: Readonly<Record<string, number>>;
  /** The process that runs a service, its first instance. */
  readonly processOf: (service: string) => string;
  /** kill -9 of a process, by its name; resolves when it is dead. The supervisor starts it again. */
  readonly kill: (name: string) => Promise<void>;
  /** Resolves when that process, killed before, is ready again. */
  readonly restarted: (name: string) => Promise<void>;
  /** Its databases, to be stopped, killed and emptied. */
  readonly infrastructure: InfrastructureControl;
  /** Where the certificates of a mesh with TLS are, and how to make new ones. */
  readonly certificates: Mesh["certificates"];
  /** Restarts processes one after another, none named: all; throws where a service would be away. See rollingRestart. */
  readonly restart: Mesh["restart"];
  /** Stops all and removes the folder. Returns when no process is left. */
  readonly stop: () => Promise<void>;
  /** What a program needs to reach this mesh: GATEWAY_URL, ORDER_ADDRESS, MESH_KEY, NATS_URL … */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the logs of its processes are. */
  readonly logsFolder: string;
};

/** A whole mesh of its own for one test file: own databases, free ports, a temporary folder. Ready, or it throws why not. */
export async function startMesh(options: StartMeshOptions): Promise<TestMesh> {
  const folder = temporaryFolder();
  const { DATABASE_URL: _database, NATS_URL: _nats, REDIS_URL: _redis, ...environment } = process.env;
  const mesh = await launchMesh({
    folder,
    topology: options.topology,
    ports: "free",
    throwaway: true,
    // A test kills what is well again and again: each time it comes back at once.
    steadyMs: 0,
    environment: {
      ...environment,
      LOG_LEVEL: environment["LOG_LEVEL"] ?? "warn",
      // A test runner says "test"; the mesh knows development, with a clock that can be moved, and production.
      NODE_ENV: "development",
      // Who changes a message that the local transport only lent is seen here.
      FREEZE_MESSAGES: "true",
      ...options.environment,
    },
    ...(options.services ? { services: options.services } : {}),
    ...(options.replicas ? { replicas: options.replicas } : {}),
    ...(options.mtls ? { mtls: true } : {}),
    ...(options.commandOf ? { commandOf: options.commandOf } : {}),
  });
  const stop = async (): Promise<void> => {
    await mesh.stop();
    removeTemporaryFolder(folder);
  };
  try {
    await requireReady(mesh, folder);
    if (options.seed) await requireSeed(mesh, folder);
  } catch (error) {
    await mesh.stop();
    throw error;
  }
  return testMesh(mesh, folder, stop);
}

function testMesh(mesh: Mesh, folder: string, stop: () => Promise<void>): TestMesh {
  const running = (name: string) => {
    const found = mesh.processes.get(name);
    if (found === undefined) throw new Error(`no process ${name}; there are: ${[...mesh.processes.keys()].join(", ")}`);
    return found;
  };
  return {
    topology: mesh.topology,
    gatewayUrl: mesh.gatewayUrl,
    gatewayUrls: mesh.gatewayUrls,
    sandboxUrl: mesh.sandboxUrl ?? "",
    address(service) {
      const [port] = mesh.addresses.services[service] ?? [];
      if (port === undefined) throw new Error(`no service ${service} in this mesh`);
      return `127.0.0.1:${port}`;
    },
    operationsUrl: (name) => `http://127.0.0.1:${mesh.addresses.operations[running(name).name]}`,
    get processes() {
      return mesh.plans.flatMap(({ name, services }) => {
        const pid = running(name).pid();
        return pid === undefined ? [] : [{ name, pid, services }];
      });
    },
    processOf(service) {
      const plan = mesh.plans.find(({ services }) => services.includes(service));
      if (plan === undefined) throw new Error(`no process runs ${service}`);
      return plan.name;
    },
    kill: (name) => running(name).kill(),
    async restarted(name) {
      const problem = await running(name).ready(restartedWithinMs);
      if (problem !== undefined) throw new Error(`${name} is not back: ${problem}`);
    },
    infrastructure: controlInfrastructure(folder, mesh.infrastructure),
    certificates: mesh.certificates,
    restart: mesh.restart,
    stop,
    env: mesh.environment,
    operations: mesh.addresses.operations,
    logsFolder: join(folder, "logs"),
  };
}

/** A new folder below the one of this test run. */
export function temporaryFolder(): string {
  const parent = process.env["TEST_FOLDER"] ?? join(stateFolder, `test-${process.pid}`);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(parent, "mesh-"));
}

/** Removes a folder that `temporaryFolder` made, and the one above it with the last of them. */
export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  if (readdirSync(dirname(folder)).length === 0) rmSync(dirname(folder), { recursive: true, force: true });
}

async function requireReady(mesh: Mesh, folder: string): Promise<void> {
  const problems = await mesh.ready();
  const lines = Object.entries(problems).map(([name, problem]) => `${name}: ${problem}`);
  if (lines.length > 0) throw new Error(`the mesh is not ready: ${lines.join("; ")} (logs: ${join(folder, "logs")})`);
}

async function requireSeed(mesh: Mesh, folder: string): Promise<void> {
  const { outcome } = await seedMesh(folder, mesh.environment, undefined);
  if (outcome === "seeded") return;
  const states = [...mesh.processes.values()].map((part) => `${part.name} ${describeState(part.current())}`);
  throw new Error(`seeding: ${outcome}; ${states.join(", ")}`);
}
