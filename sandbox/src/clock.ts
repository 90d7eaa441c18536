/** The virtual clock: real time plus an offset that may be moved while the sandbox runs. */
export type Clock = {
  /** Who moves it: `nats` follows the mesh's clock and refuses to be set by hand. */
  readonly source: "local" | "nats";
  /** Virtual milliseconds since 1970. */
  readonly now: () => number;
  readonly offsetMs: () => number;
  readonly setOffsetMs: (offsetMs: number) => void;
  /** Calls the listener after every move; returns how to stop that. */
  readonly onMove: (listener: () => void) => () => void;
};

export function createClock(source: Clock["source"] = "local"): Clock {
  const listeners = new Set<() => void>();
  let offset = 0;
  return {
    source,
    now: () => Date.now() + offset,
    offsetMs: () => offset,
    setOffsetMs(offsetMs) {
      if (offsetMs === offset) return;
      offset = offsetMs;
      for (const listener of listeners) listener();
    },
    onMove(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
