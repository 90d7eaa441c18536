import { withoutTrace } from "../telemetry/spans.ts";

/** Something that runs again and again: when woken, or when the time it named is over. */
export type Loop = {
  /** Runs now, or once more after the present run. */
  wake(): void;
  start(): void;
  /** Ends after the present run. */
  stop(): Promise<void>;
};

/** A loop over `run`, which must not throw and says in how many milliseconds it wants to run again. */
export function createLoop(run: () => Promise<number>): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isWoken = false;
  let isStarted = false;

  async function runOnce(): Promise<void> {
    isWoken = false;
    // Whoever wakes a loop is in a trace of its own, to which the run does not belong.
    const waitMs = await withoutTrace(run);
    running = undefined;
    if (isStarted) timer = setTimeout(begin, isWoken ? 0 : waitMs);
  }

  function begin(): void {
    clearTimeout(timer);
    if (running === undefined) running = runOnce();
  }

  return {
    wake() {
      isWoken = true;
      if (!isStarted || running !== undefined) return;
      clearTimeout(timer);
      // Commits of one turn make one run.
      timer = setTimeout(begin, 0);
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
