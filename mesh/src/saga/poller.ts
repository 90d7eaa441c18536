import type { Clock } from "@shopmesh/kernel";
import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import { findDue } from "./store.ts";

/** Looks for sagas that are due: after a crash, at a time, by a signal that was heard elsewhere. One for a service's drivers. */
export type Poller = {
  /** Those of `kind` are looked for too, and driven by `runner`. */
  add(kind: string, runner: DueRunner): void;
  /** Looks at once, then again and again; started twice it is started once. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Who drives what was found. */
export type DueRunner = {
  drive(id: string): Promise<unknown>;
  readonly isRunning: (id: string) => boolean;
  readonly runningCount: () => number;
};

/** What looking needs. */
export type PollerOptions = {
  readonly sql: Sql;
  /** The mesh's clock decides what is due, so that it may jump. */
  readonly clock: Clock;
  readonly realTime: Clock;
  readonly log: Log;
  readonly instanceId: string;
  /** Default 1 s. */
  readonly pollMs?: number;
};

const POLL_MS = 1_000;
/** Sagas of a kind driven at once by one process; more wait for the next look. */
const MAX_RUNNING = 64;

/** Looks for the sagas of all its drivers by one statement. */
export function createPoller(options: PollerOptions): Poller {
  const runners = new Map<string, DueRunner>();
  let timer: NodeJS.Timeout | undefined;
  let started: Promise<void> | undefined;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function look(): Promise<void> {
    try {
      const { instanceId: owner, clock, realTime, sql } = options;
      // What this process drives already is due and leased by it too.
      const kinds = Array.from(runners, ([kind, runner]) => ({
        kind,
        limit: Math.max(MAX_RUNNING, runner.runningCount()),
      }));
      const due = await findDue(sql, kinds, { owner, nowMs: clock(), realMs: realTime() });
      for (const [kind, runner] of runners) driveDue(runner, due.get(kind) ?? []);
    } catch (error) {
      options.log.warn("due sagas could not be looked for", { kinds: [...runners.keys()].join(" ") }, error);
    }
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      looking = look().then(schedule);
    }, options.pollMs ?? POLL_MS);
  }

  return {
    add: (kind, runner) => void runners.set(kind, runner),
    start: () => (started ??= look().then(schedule)),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

function driveDue(runner: DueRunner, ids: readonly string[]): void {
  const free = Math.max(0, MAX_RUNNING - runner.runningCount());
  for (const id of ids.filter((due) => !runner.isRunning(due)).slice(0, free)) void runner.drive(id);
}
