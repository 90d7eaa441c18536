import type { Clock } from "@shopmesh/kernel";
import type { SagaRow } from "./store.ts";

const MIN_RETRY_MS = 20;
const AGAIN_MS = 1_000;

/** Failed stages are asked again sooner than the next poll finds them; the poll is for what a crash leaves. */
export function createRetries(wake: (id: string) => void, clock: Clock) {
  const timers = new Map<string, NodeJS.Timeout>();
  function wakeIn(ms: number, id: string): void {
    if (timers.has(id)) return;
    const timer = setTimeout(() => {
      timers.delete(id);
      wake(id);
    }, ms);
    timers.set(id, timer.unref());
  }
  return {
    add<State>({ id, attempts, leaseOwner, wakeMs }: SagaRow<State>): void {
      if (attempts === 0 || leaseOwner !== undefined || wakeMs === undefined) return;
      wakeIn(Math.max(MIN_RETRY_MS, wakeMs - clock()), id);
    },
    /** Of one that could not even be read or written. */
    again(id: string): undefined {
      wakeIn(AGAIN_MS, id);
    },
    clear(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
