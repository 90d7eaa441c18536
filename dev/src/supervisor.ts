import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endProcess, identify, killGroup, memoryBytesOf } from "./processes.ts";
import type { StartedProcess, StateFile } from "./state.ts";

export type Program = {
  readonly name: string;
  readonly kind: StartedProcess["kind"];
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  /** Why the program is not ready yet; undefined once it is. */
  readonly notReady: () => Promise<string | undefined>;
  readonly stopGraceMs: number;
};

export type ProgramState =
  | { readonly state: "starting"; readonly reason: string }
  | { readonly state: "ready"; readonly startMs: number }
  | {
      readonly state: "restarting";
      readonly reason: string;
      readonly inMs: number;
    }
  | { readonly state: "stopped" };

export type Supervised = {
  readonly name: string;
  readonly pid: () => number | undefined;
  readonly current: () => ProgramState;
  readonly memoryBytes: () => number;
  /** Ready, or the reason why it was not within `withinMs`. */
  readonly ready: (withinMs: number) => Promise<string | undefined>;
  /** Kills it at once, as a power cut would; it is started again. Resolves when it is dead. */
  readonly kill: () => Promise<void>;
  /** Ends it for good: asks, waits, kills. */
  readonly stop: () => Promise<void>;
};

export type SupervisorOptions = {
  readonly state: StateFile;
  /** Hears of each change of a program's state. */
  readonly report?: (name: string, state: ProgramState) => void;
};

const firstBackoffMs = 250;
const longestBackoffMs = 10_000;
/** Having failed until it waits this long, a program will not become ready by waiting for it. */
const hopelessBackoffMs = 4_000;
/** Having run this long, a program that ends is taken for a healthy one: the backoff begins anew. */
const steadyMs = 30_000;
const pollMs = 50;
const largestLogBytes = 10_000_000;

/** Starts a program and keeps it running: when it ends it is started again, later each time. */
export function supervise(program: Program, { state: file, report }: SupervisorOptions): Supervised {
  let child: ChildProcess | undefined;
  let current: ProgramState = { state: "starting", reason: "not started" };
  let stopping = false;
  let failures = 0;
  let killed: Promise<void> = Promise.resolve();
  const stopped = new AbortController();
  const waiting = new Set<() => void>();

  const enter = (next: ProgramState): void => {
    current = next;
    report?.(program.name, next);
    for (const wake of waiting) wake();
  };

  const start = (): void => {
    const startedAt = Date.now();
    const log = openLog(program.logFile);
    const logOffset = statSync(program.logFile).size;
    const running = spawnProgram(program, log);
    closeSync(log);
    child = running;
    const identity = running.pid === undefined ? undefined : identify(running.pid);
    if (identity) file.add({ ...identity, name: program.name, kind: program.kind });
    enter({ state: "starting", reason: "no answer yet" });
    killed = new Promise((resolve) => {
      const ended = (how: string): void => {
        if (child !== running) return;
        child = undefined;
        if (running.pid !== undefined && !stopping) file.remove(running.pid);
        resolve();
        if (stopping) return;
        if (Date.now() - startedAt > steadyMs) failures = 0;
        restartLater(`${how}${lastWords(program.logFile, logOffset)}`);
      };
      running.once("error", (error) => ended(error.message));
      running.once("exit", (code, signal) => ended(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
    });
    void watch(running, startedAt);
  };

  const restartLater = (reason: string): void => {
    const inMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** failures++);
    enter({ state: "restarting", reason, inMs });
    delay(inMs, undefined, { signal: stopped.signal }).then(start, () => undefined);
  };

  const watch = async (running: ChildProcess, startedAt: number): Promise<void> => {
    while (child === running && !stopping) {
      const reason = await program.notReady();
      if (child !== running || stopping) return;
      if (reason === undefined) return enter({ state: "ready", startMs: Date.now() - startedAt });
      if (current.state === "starting") current = { state: "starting", reason };
      await delay(pollMs);
    }
  };

  start();
  return {
    name: program.name,
    pid: () => child?.pid,
    current: () => current,
    memoryBytes: () => (child?.pid === undefined ? 0 : memoryBytesOf(child.pid)),
    ready: (withinMs) => whenReady(() => current, waiting, withinMs),
    async kill() {
      const dead = killed;
      if (child?.pid !== undefined) killGroup(child.pid);
      await dead;
    },
    async stop() {
      stopping = true;
      stopped.abort();
      const identity = child?.pid === undefined ? undefined : identify(child.pid);
      if (identity) {
        const dead = killed;
        await endProcess(identity, program.stopGraceMs);
        await dead;
        file.remove(identity.pid);
      }
      enter({ state: "stopped" });
    },
  };
}

/** A state in words, for a person. */
export function describeState(state: ProgramState): string {
  if (state.state === "starting") return `starting: ${state.reason}`;
  if (state.state === "restarting") return `${state.reason}; starts again in ${state.inMs / 1000} s`;
  return state.state === "ready" ? `ready after ${(state.startMs / 1000).toFixed(1)} s` : "stopped";
}

function whenReady(
  current: () => ProgramState,
  waiting: Set<() => void>,
  withinMs: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (answer: string | undefined): void => {
      waiting.delete(look);
      clearTimeout(timer);
      resolve(answer);
    };
    const look = (): void => {
      const now = current();
      if (now.state === "ready") settle(undefined);
      else if (now.state === "stopped") settle("stopped");
      else if (now.state === "restarting" && now.inMs >= hopelessBackoffMs) settle(describeState(now));
    };
    const timer = setTimeout(() => settle(describeState(current())), withinMs);
    waiting.add(look);
    look();
  });
}

// A group of its own: Ctrl-C in the terminal reaches the launcher alone, which ends the rest in order.
function spawnProgram({ command: [file, ...args], cwd, env }: Program, log: number): ChildProcess {
  return spawn(file, args, {
    cwd,
    env: { ...env },
    detached: true,
    stdio: ["ignore", log, log],
  });
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > largestLogBytes) renameSync(file, `${file}.1`);
  const log = openSync(file, "a", 0o600);
  writeSync(log, `--- started ${new Date().toISOString()}\n`);
  return log;
}

/** What the program said last: where it tells of an error the first such line, else its last line. */
function lastWords(file: string, offset: number): string {
  const lines = readFileSync(file)
    .subarray(offset)
    .toString("utf8")
    .split("\n")
    .map((line) => line.trim());
  const said = lines.filter((line) => line !== "" && !/^(at |Node\.js v|\^|[{}]|--- )/.test(line)).slice(-40);
  const words = said.find((line) => /^\w*Error\b.*: /.test(line)) ?? said.at(-1);
  return words ? `: ${words.slice(0, 300)}` : "";
}

/** The number that a shell gives for an end by that signal. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
