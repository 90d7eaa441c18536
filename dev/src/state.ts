import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, endProcess, identify, isRunning, type ProcessIdentity } from "./processes.ts";

export type StartedProcess = ProcessIdentity & {
  readonly name: string;
  /** Databases end after what uses them. */
  readonly kind: "service" | "infrastructure";
};

/** Where a running launcher takes orders. */
export type ControlAddress = { readonly url: string; readonly token: string };

/** What a launcher writes down of itself, so that a later one can find and end what a kill -9 left behind. */
export type MeshState = {
  readonly launcher: ProcessIdentity;
  readonly topology: string;
  readonly gatewayUrl?: string;
  readonly sandboxUrl?: string;
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
  readonly redisUrl?: string;
  /** Where the instances of each service answer: "127.0.0.1:9006,127.0.0.1:9206". */
  readonly addresses?: Readonly<Record<string, string>>;
  readonly control?: ControlAddress;
  readonly processes: readonly StartedProcess[];
};

export type StateFile = {
  readonly read: () => MeshState | undefined;
  readonly write: (change: Partial<MeshState>) => void;
  readonly add: (process: StartedProcess) => void;
  readonly remove: (pid: number) => void;
  readonly clear: () => void;
};

/** The state file of a folder. Writing is synchronous: a process must not run unrecorded. */
export function stateFile(folder: string): StateFile {
  const file = join(folder, "state.json");
  const read = (): MeshState | undefined => (existsSync(file) ? parse(readFileSync(file, "utf8")) : undefined);
  const write = (change: Partial<MeshState>): void => {
    const before = read() ?? {
      launcher: ownIdentity(),
      topology: "",
      processes: [],
    };
    writeFileSync(`${file}.new`, `${JSON.stringify({ ...before, ...change }, null, 2)}\n`, {
      mode: 0o600,
    });
    renameSync(`${file}.new`, file);
  };
  const processes = (): readonly StartedProcess[] => read()?.processes ?? [];
  return {
    read,
    write,
    add: (started) => write({ processes: [...processes(), started] }),
    remove: (pid) =>
      write({
        processes: processes().filter((started) => started.pid !== pid),
      }),
    clear: () => rmSync(file, { force: true }),
  };
}

/** The running launcher of a folder's state, where there is one. */
export function runningLauncher(state: MeshState | undefined): ProcessIdentity | undefined {
  return state && isRunning(state.launcher) ? state.launcher : undefined;
}

/** The processes of a state that still run though their launcher does not: never a stranger's with the same number. */
export function leftovers(state: MeshState | undefined): readonly StartedProcess[] {
  return state === undefined || isRunning(state.launcher) ? [] : state.processes.filter(isRunning);
}

/** Ends what a dead launcher left behind, databases last, and forgets it. The names of what was ended. */
export async function cleanUp(folder: string): Promise<readonly string[]> {
  const file = stateFile(folder);
  const left = leftovers(file.read());
  for (const kind of ["service", "infrastructure"] as const) {
    await Promise.all(left.filter((started) => started.kind === kind).map((started) => endProcess(started, 15_000)));
  }
  if (runningLauncher(file.read()) === undefined) file.clear();
  return left.map(({ name }) => name);
}

/** Makes this process the launcher of a folder: what a dead one left is ended first. Where one runs, nothing is done. */
export async function becomeLauncher(
  folder: string,
  topology: string,
): Promise<{ readonly running: ProcessIdentity } | { readonly cleaned: readonly string[] }> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const running = takeLock(folder);
  if (running) return { running };
  const cleaned = await cleanUp(folder);
  stateFile(folder).write({ launcher: ownIdentity(), topology, processes: [] });
  return { cleaned };
}

/** Forgets the launcher of a folder, which is this process. */
export function resignLauncher(folder: string): void {
  stateFile(folder).clear();
  rmSync(join(folder, "launcher.json"), { force: true });
}

// A link is made whole or not at all, and by one only.
function takeLock(folder: string): ProcessIdentity | undefined {
  const lock = join(folder, "launcher.json");
  const mine = join(folder, `launcher.${process.pid}.json`);
  writeFileSync(mine, JSON.stringify(ownIdentity()));
  try {
    for (;;) {
      try {
        linkSync(mine, lock);
        return undefined;
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      const holder = JSON.parse(readFileSync(lock, "utf8")) as ProcessIdentity;
      if (isRunning(holder)) return holder;
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function ownIdentity(): ProcessIdentity {
  const own = identify(process.pid);
  if (own === undefined) throw new Error("this process does not know when it started");
  return own;
}

function parse(text: string): MeshState {
  return JSON.parse(text) as MeshState;
}
