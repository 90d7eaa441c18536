/** What waits to be sent on one stream: at most one thing of each sender, so its memory is bounded by their number. */
export type Outbox<T> = {
  /** A place for one sender. */
  place(): Place<T>;
  /** What has waited longest; undefined for nothing. */
  take(): T | undefined;
  /** Resolves when there is something to take, after `wake`, or after `ms`. */
  wait(ms: number): Promise<void>;
  wake(): void;
  /** Nothing is sent any more: whoever waits for room goes on. */
  close(): void;
};

/** One sender's place. */
export type Place<T> = {
  /** Puts `value` in; where `isNewest`, in place of an earlier such one that still waits. Resolves when there was room. */
  put(value: T, isNewest: boolean): Promise<void>;
};

type Held<T> = { readonly value: T; readonly isNewest: boolean };
type Slot<T> = { held: Held<T> | undefined; onRoom: () => void };

/** An empty outbox. */
export function createOutbox<T>(): Outbox<T> {
  const full: Slot<T>[] = [];
  let isClosed = false;
  let isWoken = false;
  let proceed = (): void => {};
  const waiting = new Set<Slot<T>>();

  function wake(): void {
    isWoken = true;
    proceed();
  }

  async function put(slot: Slot<T>, held: Held<T>): Promise<void> {
    while (slot.held !== undefined && !(held.isNewest && slot.held.isNewest) && !isClosed) {
      waiting.add(slot);
      await new Promise<void>((resolve) => {
        slot.onRoom = resolve;
      });
    }
    if (isClosed) return;
    if (slot.held === undefined) full.push(slot);
    slot.held = held;
    wake();
  }

  return {
    place() {
      const slot: Slot<T> = { held: undefined, onRoom: () => undefined };
      return { put: (value, isNewest) => put(slot, { value, isNewest }) };
    },
    take() {
      const slot = full.shift();
      const held = slot?.held;
      if (slot === undefined || held === undefined) return undefined;
      slot.held = undefined;
      waiting.delete(slot);
      slot.onRoom();
      return held.value;
    },
    async wait(ms) {
      if (!isWoken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          proceed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isWoken = false;
    },
    wake,
    close() {
      isClosed = true;
      for (const { onRoom } of waiting) onRoom();
    },
  };
}
