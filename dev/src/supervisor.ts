import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { endProcess, identify, killGroup, memoryBytesOf, setNiceness } from "./processes.ts";
import { lastWords, noteIn, openLog } from "./program-log.ts";
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
  /** How far it stands back behind other programs, or, below 0 and where that is allowed, comes before them; default 0. */
  readonly niceness?: number;
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
  /** Ends it, until it is started: asks, waits, kills. */
  readonly stop: () => Promise<void>;
  /** Starts it after a stop; nothing where it runs. */
  readonly start: () => void;
};

export type SupervisorOptions = {
  readonly state: StateFile;
  /** Hears of each change of a program's state. */
  readonly report?: (name: string, state: ProgramState) => void;
  /** Having been ready this long, a program that ends is taken for a healthy one: it is started again at once. Default 30 s. */
  readonly steadyMs?: number;
};

const firstBackoffMs = 250;
const longestBackoffMs = 10_000;
/** Having failed until it waits this long, a program will not become ready by waiting for it. */
const hopelessBackoffMs = 4_000;
const defaultSteadyMs = 30_000;
const pollMs = 50;
/** Somebody waits for a program that died: until it is ready it comes before those that are. */
const returningNiceness = -10;

type Life = {
  readonly program: Program;
  readonly options: SupervisorOptions;
  /** Aborted from a stop to the next start. */
  stopped: AbortController;
  readonly waiting: Set<() => void>;
  child: ChildProcess | undefined;
  current: ProgramState;
  failures: number;
  /** It has been ready before. */
  isMissed: boolean;
  /** Resolves when the child of now has ended. */
  dead: Promise<void>;
};

/** Starts a program and keeps it running: when it ends it is started again, at once if it was well, else later each time. */
export function supervise(program: Program, options: SupervisorOptions): Supervised {
  const life: Life = {
    program,
    options,
    stopped: new AbortController(),
    waiting: new Set(),
    child: undefined,
    current: { state: "starting", reason: "not started" },
    failures: 0,
    isMissed: false,
    dead: Promise.resolve(),
  };
  start(life);
  return {
    name: program.name,
    pid: () => life.child?.pid,
    current: () => life.current,
    memoryBytes: () => (life.child?.pid === undefined ? 0 : memoryBytesOf(life.child.pid)),
    ready: (withinMs) => whenReady(life, withinMs),
    async kill() {
      const { child, dead } = life;
      if (child?.pid !== undefined) killGroup(child.pid);
      await dead;
    },
    stop: () => stop(life),
    start() {
      if (!life.stopped.signal.aborted) return;
      life.stopped = new AbortController();
      life.failures = 0;
      start(life);
    },
  };
}

function enter(life: Life, next: ProgramState): void {
  life.current = next;
  life.options.report?.(life.program.name, next);
  for (const wake of life.waiting) wake();
}

function start(life: Life): void {
  const { program } = life;
  const startedAt = Date.now();
  const log = openLog(program.logFile);
  const logOffset = statSync(program.logFile).size;
  const child = spawnProgram(program, log);
  life.child = child;
  rank(life, child, log);
  closeSync(log);
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity) life.options.state.add({ ...identity, name: program.name, kind: program.kind });
  enter(life, { state: "starting", reason: "no answer yet" });
  life.dead = endOf(child).then((how) => {
    life.child = undefined;
    if (life.stopped.signal.aborted) return;
    if (child.pid !== undefined) life.options.state.remove(child.pid);
    const words = lastWords(program.logFile, logOffset);
    life.failures = wasSteady(life, startedAt) ? 0 : life.failures + 1;
    restart(life, words ? `${how}: ${words}` : how);
  });
  void watch(life, child, startedAt);
}

/** Gives it its place before or behind the others; where a place of its own is refused its log tells so, once. */
function rank({ program, isMissed }: Life, { pid }: ChildProcess, log: number): void {
  const niceness = isMissed ? Math.min(returningNiceness, program.niceness ?? 0) : program.niceness;
  if (pid === undefined || niceness === undefined || setNiceness(pid, niceness) || isMissed) return;
  noteIn(log, `it stands with the others, not at niceness ${niceness}: the system allows that to root alone`);
}

function wasSteady({ current, options }: Life, startedAt: number): boolean {
  const { steadyMs = defaultSteadyMs } = options;
  return current.state === "ready" && Date.now() - startedAt - current.startMs >= steadyMs;
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
  });
}

function restart(life: Life, reason: string): void {
  const { failures } = life;
  const inMs = failures === 0 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** (failures - 1));
  enter(life, { state: "restarting", reason, inMs });
  delay(inMs, undefined, { signal: life.stopped.signal }).then(
    () => start(life),
    () => undefined,
  );
}

async function watch(life: Life, child: ChildProcess, startedAt: number): Promise<void> {
  const isOver = (): boolean => life.child !== child || life.stopped.signal.aborted;
  while (!isOver()) {
    const reason = await life.program.notReady();
    if (isOver()) return;
    if (reason === undefined) {
      if (life.isMissed && child.pid !== undefined) setNiceness(child.pid, life.program.niceness ?? 0);
      life.isMissed = true;
      return enter(life, { state: "ready", startMs: Date.now() - startedAt });
    }
    life.current = { state: "starting", reason };
    await delay(pollMs);
  }
}

async function stop(life: Life): Promise<void> {
  life.stopped.abort();
  const { child, dead, program, options } = life;
  const identity = child?.pid === undefined ? undefined : identify(child.pid);
  if (identity) {
    await endProcess(identity, program.stopGraceMs);
    await dead;
    options.state.remove(identity.pid);
  }
  enter(life, { state: "stopped" });
}

/** A state in words, for a person. */
export function describeState(state: ProgramState): string {
  if (state.state === "starting") return `starting: ${state.reason}`;
  if (state.state === "restarting") return `${state.reason}; starts again in ${state.inMs / 1000} s`;
  return state.state === "ready" ? `ready after ${(state.startMs / 1000).toFixed(1)} s` : "stopped";
}

function whenReady(life: Life, withinMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settle = (answer: string | undefined): void => {
      life.waiting.delete(look);
      clearTimeout(timer);
      resolve(answer);
    };
    const look = (): void => {
      const { current } = life;
      const isHopeless = current.state === "restarting" && current.inMs >= hopelessBackoffMs;
      if (current.state === "ready") settle(undefined);
      else if (current.state === "stopped" || isHopeless) settle(describeState(current));
    };
    const timer = setTimeout(() => settle(describeState(life.current)), withinMs);
    life.waiting.add(look);
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

/** The number that a shell gives for an end by that signal. */
export function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
