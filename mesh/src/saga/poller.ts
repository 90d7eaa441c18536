import type { RunnerDeps } from "./boundary.ts";
import type { Runner } from "./runner.ts";
import { findDue } from "./store.ts";

/** Looks for sagas that are due: after a crash, at a time, by a signal that was heard elsewhere. */
export type Poller = { start(): Promise<void>; stop(): Promise<void> };

/** Sagas driven at once by one process; more wait for the next look. */
const MAX_RUNNING = 64;

/** Looks every `pollMs`; the mesh's clock decides what is due, so that it may jump. */
export function createPoller<State>(runner: Runner<State>, deps: RunnerDeps<State>, pollMs: number): Poller {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;

  async function look(): Promise<void> {
    try {
      const free = MAX_RUNNING - runner.runningCount();
      if (free <= 0) return;
      // What this process drives already is due and leased by it too.
      const limit = free + runner.runningCount();
      const nowMs = deps.realTime();
      const lease = { owner: deps.instanceId, nowMs, untilMs: nowMs, limit };
      const ids = await findDue(deps.database.sql, deps.plan.kind, lease, deps.clock());
      for (const id of ids.filter((due) => !runner.isRunning(due)).slice(0, free)) void runner.drive(id);
    } catch (error) {
      deps.log.warn("due sagas could not be looked for", { kind: deps.plan.kind }, error);
    }
  }

  function schedule(): void {
    if (isStopped) return;
    timer = setTimeout(() => {
      looking = look().then(schedule);
    }, pollMs);
  }

  return {
    async start() {
      await look();
      schedule();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
