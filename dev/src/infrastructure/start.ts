import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../paths.ts";
import { reservePorts, type Ports, type PortsMode } from "../ports.ts";
import { loadSecrets } from "../secrets.ts";
import { stateFile, type StateFile } from "../state.ts";
import { supervise, type Program, type Supervised, type SupervisorOptions } from "../supervisor.ts";
import { checkServer, copyTemplate, createDataDirectory, mariadbProgram, secureServer } from "./mariadb.ts";
import { requirePrograms, type ProgramName, type Programs } from "./programs.ts";
import { createSchemas } from "./schemas.ts";
import { natsProgram, redisProgram } from "./servers.ts";

/** Not the usual ones: the machine's own servers may have those. */
export const preferredServerPorts = { mariadb: 13_306, nats: 14_222, redis: 16_379 } as const;

const readyWithinMs = 30_000;

/** What a private MariaDB takes. */
export const mariadbPrograms = ["mariadbd", "mariadbInstall", "mariadbDefaults"] as const;

type Environment = Readonly<Record<string, string | undefined>>;

export type Infrastructure = {
  /** The administrator's URL. */
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly redisUrl: string;
  /** What was started here; empty where all three are somebody else's. */
  readonly servers: readonly Supervised[];
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
};

export type InfrastructureOptions = {
  /** Where data, logs and state are kept. */
  readonly folder: string;
  readonly ports: PortsMode | Ports;
  /** Schemas and users are made for these. */
  readonly services?: readonly string[];
  /** Throwaway data: copied from a template, not forced to the disk. */
  readonly throwaway?: boolean;
  /** Servers that are configured are used instead: DATABASE_URL, NATS_URL, REDIS_URL. */
  readonly environment?: Environment;
  readonly mayInstall?: boolean;
  readonly say?: (line: string) => void;
  readonly report?: SupervisorOptions["report"];
};

type Setting = {
  readonly folder: string;
  readonly programs: Programs;
  readonly ports: Ports;
  readonly state: StateFile;
  readonly throwaway: boolean;
  readonly report: SupervisorOptions["report"];
};

/** MariaDB, NATS and Redis: those configured, private ones for the rest. Failing, it leaves nothing running. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { folder, services = [], environment = {}, mayInstall = false, say = () => undefined } = options;
  const programs = requireServers({ environment, mayInstall, say });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ownPorts = typeof options.ports === "string" ? await reservePorts(options.ports) : undefined;
  const servers: Supervised[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    ownPorts?.release();
  };
  try {
    const ports = typeof options.ports === "string" ? ownPorts : options.ports;
    if (ports === undefined) throw new Error("no ports were reserved");
    const { throwaway = false, report } = options;
    const setting = { folder, programs, ports, state: stateFile(folder), throwaway, report };
    const urls = await startServers(setting, servers, environment);
    await createSchemas(urls.databaseUrl, services, loadSecrets(folder));
    const pids = () => servers.map((server) => server.pid()).filter((pid) => pid !== undefined);
    return { ...urls, servers, pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The programs of the private servers that `environment` leaves to us, installed where that is allowed. Throws naming what is missing. */
export function requireServers({
  environment = {},
  mayInstall,
  say,
}: {
  readonly environment?: Environment;
  readonly mayInstall: boolean;
  readonly say: (line: string) => void;
}): Programs {
  const needed: readonly ProgramName[] = [
    ...(environment["DATABASE_URL"] ? [] : mariadbPrograms),
    ...(environment["NATS_URL"] ? [] : (["nats"] as const)),
    ...(environment["REDIS_URL"] ? [] : (["redis"] as const)),
  ];
  return requirePrograms({ needed, mayInstall, say });
}

/** Starts side by side what is not configured. All have been tried when it throws. */
async function startServers(
  setting: Setting,
  servers: Supervised[],
  { DATABASE_URL: database, NATS_URL: nats, REDIS_URL: redis }: Environment,
): Promise<Pick<Infrastructure, "databaseUrl" | "natsUrl" | "redisUrl">> {
  const started = await Promise.allSettled([
    database ? checkServer(database).then(() => database) : startMariadb(setting, servers),
    nats || startServer(setting, servers, "nats", natsProgram).then((port) => `nats://127.0.0.1:${port}`),
    redis || startServer(setting, servers, "redis", redisProgram).then((port) => `redis://127.0.0.1:${port}`),
  ]);
  const [databaseUrl = "", natsUrl = "", redisUrl = ""] = started.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  return { databaseUrl, natsUrl, redisUrl };
}

async function startMariadb(setting: Setting, servers: Supervised[]): Promise<string> {
  const { folder, programs, throwaway } = setting;
  const home = join(folder, "mariadb");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const data = join(home, "data");
  await (throwaway
    ? copyTemplate(programs, join(stateFolder, "template", "mariadb"), data)
    : createDataDirectory(programs, data));
  const port = await startServer(setting, servers, "mariadb", (found, place) =>
    mariadbProgram(found, { ...place, durability: throwaway ? "relaxed" : "durable" }),
  );
  return secureServer(home, port, loadSecrets(folder));
}

async function startServer(
  { folder, programs, ports, state, report }: Setting,
  servers: Supervised[],
  name: keyof typeof preferredServerPorts,
  programOf: (
    programs: Programs,
    place: { readonly folder: string; readonly port: number; readonly logFile: string },
  ) => Program,
): Promise<number> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const port = await ports.take(preferredServerPorts[name]);
  const program = programOf(programs, {
    folder: home,
    port,
    logFile: join(folder, "logs", `${name}.log`),
  });
  const server = supervise(program, { state, ...(report ? { report } : {}) });
  servers.push(server);
  const problem = await server.ready(readyWithinMs);
  if (problem !== undefined) throw new Error(`${name} did not start: ${problem} (${program.logFile})`);
  return port;
}
