import { withoutTrace } from "../telemetry/spans.ts";

/** Something that runs again and again: when woken, or when the time it named is over. */
export type Loop = {
  /** Runs within that time, or once more after the present run. Default: at once. */
  wake(withinMs?: number): void;
  start(): void;
  /** Ends after the present run. */
  stop(): Promise<void>;
};

/** A loop over `run`, which must not throw and says in how many milliseconds it wants to run again. */
export function createLoop(run: () => Promise<number>): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  /** When it runs next, and when it was woken for while it ran, by the process's own time. */
  let dueMs = Number.POSITIVE_INFINITY;
  let wokenMs = Number.POSITIVE_INFINITY;
  let isStarted = false;

  async function runOnce(): Promise<void> {
    wokenMs = Number.POSITIVE_INFINITY;
    // Whoever wakes a loop is in a trace of its own, to which the run does not belong.
    const waitMs = await withoutTrace(run);
    running = undefined;
    const nowMs = performance.now();
    if (isStarted) schedule(Math.min(nowMs + waitMs, wokenMs), nowMs);
  }

  function schedule(atMs: number, nowMs: number): void {
    clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(begin, Math.max(0, atMs - nowMs));
  }

  function begin(): void {
    clearTimeout(timer);
    if (running === undefined) running = runOnce();
  }

  return {
    wake(withinMs = 0) {
      const nowMs = performance.now();
      const atMs = nowMs + withinMs;
      wokenMs = Math.min(wokenMs, atMs);
      // Commits of one turn make one run.
      if (isStarted && running === undefined && atMs < dueMs) schedule(atMs, nowMs);
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      begin();
    },
    async stop() {
      isStarted = false;
      clearTimeout(timer);
      await running;
      clearTimeout(timer);
    },
  };
}
