import type { Clock } from "./clock.ts";

/** Work that falls due as virtual time passes: parcel scans, authorisations that run out. */
export type DueWork = {
  readonly runDue: (nowMs: number) => void;
  /** Virtual time of the next work, undefined when there is none. */
  readonly nextDueMs: () => number | undefined;
};

export type Agenda = { readonly wake: () => void; readonly stop: () => void };

const longestTimerMs = 3_600_000;

/** Runs due work at its virtual time: after every move of the clock, on `wake`, and by a timer in between. */
export function startAgenda(clock: Clock, works: readonly DueWork[]): Agenda {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function wake(): void {
    clearTimeout(timer);
    if (isStopped) return;
    for (const work of works) work.runDue(clock.now());
    const nextMs = Math.min(...works.map((work) => work.nextDueMs() ?? Number.POSITIVE_INFINITY));
    timer = setTimeout(wake, Math.min(Math.max(nextMs - clock.now(), 1), longestTimerMs));
  }

  const unsubscribe = clock.onMove(wake);
  wake();
  return {
    wake,
    stop() {
      isStopped = true;
      unsubscribe();
      clearTimeout(timer);
    },
  };
}
