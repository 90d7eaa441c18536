import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { schemaOf } from "../environment.ts";
import { probe } from "../probe.ts";
import type { Supervised } from "../supervisor.ts";
import type { Infrastructure } from "./start.ts";

/** A private server in the hands of a test, to see how a mesh fares without it. */
export type ServerControl = {
  readonly pid: () => number | undefined;
  /** Asks it to end and waits until it has; it stays away until `start`. */
  readonly stop: () => Promise<void>;
  /** Starts it on the data that it had; resolves when it answers at its port. */
  readonly start: () => Promise<void>;
  /** kill -9, and started again as after a power cut; resolves when it answers. */
  readonly crash: () => Promise<void>;
};

export type InfrastructureControl = {
  readonly mariadb: ServerControl;
  readonly nats: ServerControl;
  readonly redis: ServerControl;
  /** NATS forgets all its streams and buckets, as on a new disk; it must be stopped. */
  readonly wipeNats: () => void;
  readonly flushRedis: () => Promise<void>;
  /** What a service's own schema holds, asked past the service: its books, for whoever checks them. BIGINT comes as text. */
  readonly rows: (service: string, statement: string) => Promise<readonly Row[]>;
};

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, string | number | null>>;

const readyWithinMs = 60_000;

/** The servers that were started in `folder`. Throws, when used, for one that is somebody else's. */
export function controlInfrastructure(folder: string, infrastructure: Infrastructure): InfrastructureControl {
  const { servers, redisUrl, databaseUrl } = infrastructure;
  const find = (name: string): Supervised => {
    const server = servers.find((candidate) => candidate.name === name);
    if (server === undefined) throw new Error(`${name} was not started here`);
    return server;
  };
  return {
    mariadb: controlServer(() => find("mariadb")),
    nats: controlServer(() => find("nats")),
    redis: controlServer(() => find("redis")),
    wipeNats() {
      if (find("nats").pid() !== undefined) throw new Error("nats still runs on what is to be wiped");
      const home = join(folder, "nats");
      for (const entry of readdirSync(home)) rmSync(join(home, entry), { recursive: true });
    },
    async flushRedis() {
      const problem = await probe(Number(new URL(redisUrl).port), { say: "FLUSHALL\r\n", expect: /^\+OK/ });
      if (problem !== undefined) throw new Error(`redis was not flushed: ${problem}`);
    },
    rows: (service, statement) => readRows(databaseUrl, service, statement),
  };
}

function controlServer(find: () => Supervised): ServerControl {
  const ready = async (): Promise<void> => {
    const problem = await find().ready(readyWithinMs);
    if (problem !== undefined) throw new Error(`${find().name} is not back: ${problem}`);
  };
  return {
    pid: () => find().pid(),
    stop: () => find().stop(),
    async start() {
      find().start();
      await ready();
    },
    async crash() {
      await find().kill();
      await ready();
    },
  };
}

async function readRows(databaseUrl: string, service: string, statement: string): Promise<readonly Row[]> {
  const connection = await createConnection({
    uri: databaseUrl,
    database: schemaOf(service),
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  try {
    const [rows] = await connection.query<(RowDataPacket & Row)[]>(statement);
    return rows;
  } finally {
    await connection.end();
  }
}
