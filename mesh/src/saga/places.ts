import { type After, afterRealTime } from "../load/lull.ts";

/** A place in which a saga is driven that nobody waits for. */
export type Place = {
  /** Resolves once it is there. */
  readonly taken: Promise<void>;
  /** Gives it back, or is not to come any more; once. */
  leave(): void;
};

/** How many sagas that nobody waits for a process drives at once, of whatever kind; the others come in their turn. */
export type Places = { take(): Place };

/** What places are made of; everything has a default. */
export type PlacesOptions = {
  readonly count?: number;
  /** How many more that have taken long keep none from going on. */
  readonly slowCount?: number;
  readonly slowMs?: number;
  readonly after?: After;
};

/**
 * Both together stay below what the least limit of a process leaves to NORMAL calls (26 of 32, `load/admission.ts`), so that
 * whatever is due at once, after a night or a clock that jumped, is not refused by who is asked.
 */
const COUNT = 12;
const SLOW_COUNT = 12;
/** Who takes longer waits for somebody outside rather than for work. */
const SLOW_MS = 500;

/** Places; who asked first is first. */
export function createPlaces(options: PlacesOptions = {}): Places {
  const { count = COUNT, slowCount = SLOW_COUNT, slowMs = SLOW_MS, after = afterRealTime } = options;
  const waiting = new Set<() => void>();
  const held = { taken: 0, slow: 0 };

  function goOn(): void {
    for (const enter of waiting) {
      if (held.taken >= count) return;
      waiting.delete(enter);
      enter();
    }
  }

  function take(): Place {
    const entered = Promise.withResolvers<void>();
    let holds: keyof typeof held | undefined;
    let cancel: (() => void) | undefined;
    const enter = (): void => {
      holds = "taken";
      held.taken += 1;
      cancel = after(slowMs, giveWay);
      entered.resolve();
    };
    const giveWay = (): void => {
      if (held.slow >= slowCount) {
        cancel = after(slowMs, giveWay);
        return;
      }
      holds = "slow";
      held.taken -= 1;
      held.slow += 1;
      goOn();
    };
    waiting.add(enter);
    goOn();
    return {
      taken: entered.promise,
      leave() {
        cancel?.();
        waiting.delete(enter);
        if (holds !== undefined) held[holds] -= 1;
        holds = undefined;
        goOn();
      },
    };
  }

  return { take };
}
