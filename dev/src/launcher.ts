import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  addressOf,
  processEnvironment,
  sandboxEnvironment,
  sharedEnvironment,
  type Addresses,
  type Surroundings,
} from "./environment.ts";
import { startInfrastructure, type Infrastructure } from "./infrastructure/start.ts";
import { nodeFlags, nodeProgram, root } from "./paths.ts";
import { reservePorts, type Ports, type PortsMode } from "./ports.ts";
import { notReady, probe } from "./probe.ts";
import { loadSecrets } from "./secrets.ts";
import { stateFile } from "./state.ts";
import { supervise, type Program, type Supervised, type SupervisorOptions } from "./supervisor.ts";
import { certificateFolder, defaultHours, holdersOf } from "./tls.ts";
import { rollingRestart, type RestartOptions } from "./rolling.ts";
import {
  existingServices,
  planProcesses,
  preferredPort,
  type ProcessPlan,
  type Replicas,
  type Topology,
} from "./topology.ts";

export type LaunchOptions = {
  readonly folder: string;
  readonly topology: Topology;
  readonly ports: PortsMode;
  /** Only these, the gateway by its name; default: all that exist. */
  readonly services?: readonly string[];
  /** How many processes of each kind; default: one. */
  readonly replicas?: Replicas;
  /** TLS between the processes, with certificates of their own. */
  readonly mtls?: boolean;
  readonly throwaway?: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly mayInstall?: boolean;
  readonly say?: (line: string) => void;
  readonly report?: SupervisorOptions["report"];
  readonly steadyMs?: SupervisorOptions["steadyMs"];
  /** What a process runs; default: the services of its plan. */
  readonly commandOf?: (plan: ProcessPlan) => Program["command"];
};

export type Mesh = {
  readonly topology: Topology;
  readonly gatewayUrl: string;
  /** The gateway's instances, the one of `gatewayUrl` first. */
  readonly gatewayUrls: readonly string[];
  readonly sandboxUrl: string | undefined;
  readonly addresses: Addresses;
  readonly infrastructure: Infrastructure;
  /** Where the certificates of a mesh with TLS are, and how to make new ones. */
  readonly certificates:
    | { readonly folder: string; readonly renew: () => Promise<void>; readonly stop: () => void }
    | undefined;
  readonly plans: readonly ProcessPlan[];
  /** The service processes by the names of their plans, and the sandbox. */
  readonly processes: ReadonlyMap<string, Supervised>;
  /** What a program needs to reach this mesh: addresses, keys, NATS and Redis. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What is not ready within that time, and why; empty when all is well. Default: what that many processes may take. */
  readonly ready: (withinMs?: number) => Promise<Readonly<Record<string, string>>>;
  /** Restarts processes one after another, so that each service goes on; see rollingRestart. */
  readonly restart: (options: RestartOptions) => Promise<void>;
  /** Ends all of it: gateway, services, sandbox, databases. */
  readonly stop: () => Promise<void>;
};

const preferredGatewayPort = 8080;
const firstOperationsPort = 9101;
const preferredSandboxPorts = { http: 9090, smtp: 9025 } as const;
const preferredOtlpPort = 4318;
// Its calls, its events and its telemetry each have their own bound.
const serviceStopMs = 30_000;
/** The door comes first: also where a machine has too much to do, a refusal is told at once. */
const doorNiceness = -10;
/** Who comes while it collects garbage waits: it does so more often, and each time for less long (decision 0014). */
const doorFlags = ["--max-semi-space-size=8"];
const readyWithinMs = 90_000;
/** Each process more takes its part of the machine. */
const readyWithinMsEach = 3_000;
const renewEveryMs = (defaultHours / 3) * 3_600_000;
/** What the private MariaDB allows, less what administrators and migrations take. */
const databaseConnections = 260;
const largestPool = 10;

/** Starts the databases and then every process of a topology, each kept running; does not wait until they are ready. */
export async function launchMesh(options: LaunchOptions): Promise<Mesh> {
  const services = options.services ?? existingServices(root);
  const plans = planProcesses(options.topology, services, options.replicas);
  const ports = await reservePorts(options.ports);
  try {
    const addresses = await chooseAddresses(ports, plans, services, options.environment);
    const infrastructure = await startInfrastructure({
      ...options,
      ports,
      services: services.filter((service) => service !== "gateway"),
    });
    const certificates = options.mtls ? await openCertificates(options, plans) : undefined;
    return startProcesses(options, { plans, ports, addresses, infrastructure, certificates });
  } catch (error) {
    ports.release();
    throw error;
  }
}

type Ground = Pick<Mesh, "plans" | "addresses" | "infrastructure" | "certificates"> & { readonly ports: Ports };

/** Makes certificates for each process, and new ones long before those end; the processes take them as they come. */
async function openCertificates(
  { folder: home, environment, say }: LaunchOptions,
  plans: readonly ProcessPlan[],
): Promise<NonNullable<Mesh["certificates"]>> {
  const folder = certificateFolder(home);
  // Loaded only where it is wanted: it takes a while.
  const { makeCertificates } = await import("./certificates.ts");
  const region = environment["REGION"] || "eu";
  const renew = () => makeCertificates({ folder, region, holders: holdersOf(plans), hours: defaultHours });
  await renew();
  const timer = setInterval(() => {
    renew().catch((error: unknown) => say?.(`no new certificates: ${String(error)}`));
  }, renewEveryMs).unref();
  return { folder, renew, stop: () => clearInterval(timer) };
}

function startProcesses(options: LaunchOptions, ground: Ground): Mesh {
  const { plans, ports, addresses, infrastructure, certificates } = ground;
  const { databaseUrl, natsUrl, redisUrl } = infrastructure;
  const { folder, environment: inherited } = options;
  const secrets = loadSecrets(folder);
  const poolSize = poolSizeFor(plans);
  const urls = { databaseUrl, natsUrl, redisUrl };
  const around = { folder, addresses, secrets, ...urls, poolSize, certificates: certificates?.folder, inherited };
  const hasSandbox = existsSync(join(root, "sandbox", "src", "main.ts"));
  const gatewayUrls = addresses.gateways.map((port) => `http://127.0.0.1:${port}`);
  const gatewayUrl = `http://127.0.0.1:${addresses.gateways[0]}`;
  const sandboxUrl = hasSandbox ? `http://127.0.0.1:${addresses.sandbox}` : undefined;
  const state = stateFile(folder);
  const doors = { gatewayUrl, ...(sandboxUrl ? { sandboxUrl } : {}) };
  state.write({ topology: options.topology, ...urls, ...doors, addresses: hostsOf(addresses) });
  const programs = [
    ...(hasSandbox ? [sandboxProgram(around)] : []),
    ...plans.map((plan) => serviceProgram(plan, around, options)),
  ];
  const { report, steadyMs } = options;
  const supervisor = { state, ...(report ? { report } : {}), ...(steadyMs === undefined ? {} : { steadyMs }) };
  const processes = new Map(programs.map((program) => [program.name, supervise(program, supervisor)]));
  return {
    topology: options.topology,
    gatewayUrl,
    gatewayUrls,
    sandboxUrl,
    addresses,
    infrastructure,
    certificates,
    plans,
    processes,
    environment: sharedEnvironment(around),
    ready: (withinMs = readyWithinMs + plans.length * readyWithinMsEach) =>
      problemsOf([...infrastructure.servers, ...processes.values()], withinMs),
    restart: (choice) => rollingRestart({ plans, processes }, choice),
    async stop() {
      certificates?.stop();
      await stopInOrder(processes, plans);
      await infrastructure.stop();
      ports.release();
    },
  };
}

function hostsOf({ services }: Addresses): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(services).map(([name, ports]) => [name, addressOf(ports)]));
}

/** As many connections for each service as the database can give to all. */
function poolSizeFor(plans: readonly ProcessPlan[]): number {
  const pools = plans.flatMap(({ services }) => services.filter((service) => service !== "gateway")).length;
  return Math.max(1, Math.min(largestPool, Math.floor(databaseConnections / Math.max(1, pools))));
}

async function chooseAddresses(
  ports: Ports,
  plans: readonly ProcessPlan[],
  services: readonly string[],
  environment: LaunchOptions["environment"],
): Promise<Addresses> {
  const instancesOf = (service: string): readonly number[] =>
    plans.filter((plan) => plan.services.includes(service)).map(({ instance }) => instance);
  const ownPort = Number(environment["PORT"] || preferredGatewayPort);
  const first = await ports.take(ownPort);
  const others = instancesOf("gateway").slice(1);
  return {
    gateways: [first, ...(await takeAll(ports, others, (instance) => ownPort + instance - 1))],
    services: await takeEach(
      services.filter((service) => service !== "gateway"),
      (service) => takeAll(ports, instancesOf(service), (instance) => preferredPort(service, services, instance)),
    ),
    operations: await takeEach(
      plans.map(({ name }) => name),
      (name) => ports.take(firstOperationsPort + plans.findIndex((plan) => plan.name === name)),
    ),
    otlp: await takeAll(ports, instancesOf("logging"), (instance) => preferredOtlpPort + 100 * (instance - 1)),
    sandbox: await ports.take(preferredSandboxPorts.http),
    smtp: await ports.take(preferredSandboxPorts.smtp),
  };
}

async function takeAll(
  ports: Ports,
  instances: readonly number[],
  preferred: (instance: number) => number,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (const instance of instances) taken.push(await ports.take(preferred(instance)));
  return taken;
}

// One after another: who asks for a port first has the preferred one.
async function takeEach<T>(names: readonly string[], take: (name: string) => Promise<T>): Promise<Record<string, T>> {
  const taken: Record<string, T> = {};
  for (const name of names) taken[name] = await take(name);
  return taken;
}

function serviceProgram(plan: ProcessPlan, around: Surroundings, { commandOf, folder }: LaunchOptions): Program {
  const operationsPort = around.addresses.operations[plan.name];
  if (operationsPort === undefined) throw new Error(`process ${plan.name} has no port for its health`);
  return {
    name: plan.name,
    kind: "service",
    cwd: root,
    env: processEnvironment(plan, around),
    logFile: join(folder, "logs", `${plan.name}.log`),
    stopGraceMs: serviceStopMs,
    ...(isDoor(plan) ? { niceness: doorNiceness } : {}),
    notReady: () => notReady(operationsPort),
    command: commandOf?.(plan) ?? [
      nodeProgram,
      ...nodeFlags,
      `--max-old-space-size=${plan.heapMegabytes}`,
      ...(isDoor(plan) ? doorFlags : []),
      "process/main.ts",
      plan.services.join(","),
    ],
  };
}

function isDoor({ services }: ProcessPlan): boolean {
  return services.length === 1 && services[0] === "gateway";
}

function sandboxProgram(around: Surroundings): Program {
  return {
    name: "sandbox",
    kind: "service",
    cwd: root,
    env: sandboxEnvironment(around),
    logFile: join(around.folder, "logs", "sandbox.log"),
    stopGraceMs: serviceStopMs,
    notReady: () => probe(around.addresses.sandbox),
    command: [nodeProgram, "--max-old-space-size=64", "--max-semi-space-size=1", "sandbox/src/main.ts"],
  };
}

async function problemsOf(parts: readonly Supervised[], withinMs: number): Promise<Readonly<Record<string, string>>> {
  const answers = await Promise.all(parts.map(async (part) => [part.name, await part.ready(withinMs)] as const));
  return Object.fromEntries(
    answers.flatMap(([name, problem]) => (problem === undefined ? [] : [[name, problem] as const])),
  );
}

async function stopInOrder(processes: ReadonlyMap<string, Supervised>, plans: readonly ProcessPlan[]): Promise<void> {
  const doors = plans.filter(({ services }) => services.includes("gateway")).map(({ name }) => name);
  const others = plans.map(({ name }) => name).filter((name) => !doors.includes(name));
  for (const names of [doors, others, ["sandbox"]]) {
    const running = names.flatMap((name) => processes.get(name) ?? []);
    await Promise.all(running.map((part) => part.stop()));
  }
}
