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
  readonly environment?: Readonly<Record<string, string | undefined>>;
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
  const { DATABASE_URL: databaseUrl, NATS_URL: natsUrl, REDIS_URL: redisUrl } = environment;
  const needed: readonly ProgramName[] = [
    ...(databaseUrl ? [] : (["mariadbd", "mariadbInstall"] as const)),
    ...(natsUrl ? [] : (["nats"] as const)),
    ...(redisUrl ? [] : (["redis"] as const)),
  ];
  const programs = requirePrograms({ needed, mayInstall, say });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ports = typeof options.ports === "string" ? await reservePorts(options.ports) : options.ports;
  const setting: Setting = {
    folder,
    programs,
    ports,
    state: stateFile(folder),
    throwaway: options.throwaway ?? false,
    report: options.report,
  };
  const servers: Supervised[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    if (typeof options.ports === "string") ports.release();
  };
  try {
    const started = await Promise.allSettled([
      databaseUrl ? checkServer(databaseUrl).then(() => databaseUrl) : startMariadb(setting, servers),
      natsUrl ?? startServer(setting, servers, "nats", natsProgram).then((port) => `nats://127.0.0.1:${port}`),
      redisUrl ?? startServer(setting, servers, "redis", redisProgram).then((port) => `redis://127.0.0.1:${port}`),
    ]);
    const [database, nats, redis] = started.map((outcome) => {
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    });
    if (!database || !nats || !redis) throw new Error("a server has no URL");
    await createSchemas(database, services, loadSecrets(folder));
    return {
      databaseUrl: database,
      natsUrl: nats,
      redisUrl: redis,
      servers,
      pids: () => servers.map((server) => server.pid()).filter((pid) => pid !== undefined),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
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
  const program = programOf(programs, { folder: home, port, logFile: join(folder, "logs", `${name}.log`) });
  const server = supervise(program, { state, ...(report ? { report } : {}) });
  servers.push(server);
  const problem = await server.ready(readyWithinMs);
  if (problem !== undefined) throw new Error(`${name} did not start: ${problem} (${program.logFile})`);
  return port;
}
