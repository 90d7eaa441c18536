import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { constants, cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createConnection, type Connection, type RowDataPacket } from "mysql2/promise";
import { probe } from "../probe.ts";
import { codeOf } from "../processes.ts";
import { databasePassword, type Secrets } from "../secrets.ts";
import type { Program } from "../supervisor.ts";
import type { Programs } from "./programs.ts";

export const administrator = "shop_admin";
const longestSocketPath = 100;
const runFile = promisify(execFile);

type AccountRow = RowDataPacket & { readonly user: string; readonly host: string };

/** `durable`: each commit reaches the disk. `relaxed`: for throwaway data; a killed server keeps them, a power cut need not. */
export type Durability = "durable" | "relaxed";

/** A new data directory at `folder`; one that is there already is left as it is. Interrupted, it leaves none. */
export async function createDataDirectory(programs: Programs, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  const unfinished = mkdtempSync(`${folder}.unfinished-`);
  const temporary = mkdtempSync(`${folder}.tmp-`);
  await runFile(programs.mariadbInstall, [
    "--no-defaults",
    ...asRoot(),
    `--datadir=${unfinished}`,
    // A starting server removes the temporary tables of every other one that shares its folder for them.
    `--tmpdir=${temporary}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
    "--innodb-log-file-size=16M",
  ]);
  rmSync(temporary, { recursive: true });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process was faster; its directory is as good.
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
    rmSync(unfinished, { recursive: true });
  }
}

/** A copy of a template's data directory, made on first need: a server on it starts in a quarter of a second. */
export async function copyTemplate(programs: Programs, template: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await createDataDirectory(programs, template);
  cpSync(template, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** The private server, to be supervised. It listens on loopback and on a socket in its folder. */
export function mariadbProgram(
  programs: Programs,
  {
    folder,
    port,
    logFile,
    durability,
  }: {
    readonly folder: string;
    readonly port: number;
    readonly logFile: string;
    readonly durability: Durability;
  },
): Program {
  return {
    name: "mariadb",
    kind: "infrastructure",
    cwd: folder,
    env: { PATH: process.env["PATH"] },
    logFile,
    stopGraceMs: 20_000,
    notReady: () => probe(port, { expect: /mariadb/i }),
    command: [
      programs.mariadbd,
      "--no-defaults",
      ...asRoot(),
      `--datadir=${join(folder, "data")}`,
      `--socket=${socketPath(folder)}`,
      `--tmpdir=${temporaryFolder(folder)}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--pid-file=${join(folder, "pid")}`,
      "--skip-name-resolve",
      "--character-set-server=utf8mb4",
      "--collation-server=utf8mb4_unicode_520_ci",
      "--transaction-isolation=READ-COMMITTED",
      `--innodb-flush-log-at-trx-commit=${durability === "durable" ? 1 : 2}`,
      "--skip-log-bin",
      `--innodb-log-file-size=${durability === "durable" ? 64 : 16}M`,
      "--innodb-buffer-pool-size=96M",
      "--performance-schema=off",
      "--max-connections=300",
      "--table-open-cache=400",
      "--table-definition-cache=400",
      "--key-buffer-size=1M",
      "--aria-pagecache-buffer-size=4M",
      "--innodb-log-buffer-size=4M",
      "--thread-cache-size=16",
      "--max-allowed-packet=32M",
    ],
  };
}

/** Opens the private server to its administrator (by password, over TCP) and closes it to everybody else. Repeatable. */
export async function secureServer(folder: string, port: number, secrets: Secrets): Promise<string> {
  const connection = await createConnection({
    socketPath: socketPath(folder),
    user: "root",
    multipleStatements: true,
  });
  try {
    const [strangers] = await connection.query<AccountRow[]>(
      "SELECT user AS user, host AS host FROM mysql.user WHERE (user = '' OR (user = 'root' AND host <> 'localhost'))",
    );
    for (const { user, host } of strangers) {
      await connection.query(`DROP USER IF EXISTS ${account(connection, user, host)}`);
    }
    const admin = account(connection, administrator, "127.0.0.1");
    const password = connection.escape(databasePassword(secrets, administrator));
    await connection.query(
      `CREATE USER IF NOT EXISTS ${admin}; ALTER USER ${admin} IDENTIFIED BY ${password}; GRANT ALL ON *.* TO ${admin} WITH GRANT OPTION`,
    );
  } finally {
    await connection.end();
  }
  return `mysql://${administrator}:${databasePassword(secrets, administrator)}@127.0.0.1:${port}/`;
}

/** Waits for a server that is somebody else's, or says why it cannot be used. */
export async function checkServer(adminUrl: string): Promise<void> {
  const connection = await createConnection({ uri: adminUrl, connectTimeout: 5_000 });
  await connection.end();
}

/** An account, quoted as SQL wants it. */
function account(connection: Connection, user: string, host: string): string {
  return `${connection.escape(user)}@${connection.escape(host)}`;
}

/** The path of a socket is limited by the system: one too long for it moves to the temporary folder. */
export function socketPath(folder: string): string {
  const near = join(folder, "s.sock");
  if (near.length <= longestSocketPath) return near;
  const private_ = join(tmpdir(), `shopmesh-${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`);
  mkdirSync(private_, { recursive: true, mode: 0o700 });
  return join(private_, "s.sock");
}

function temporaryFolder(folder: string): string {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  return temporary;
}

// mariadbd refuses to run as root unless it is told to.
function asRoot(): readonly string[] {
  return process.getuid?.() === 0 ? ["--user=root"] : [];
}
