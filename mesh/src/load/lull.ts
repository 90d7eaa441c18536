/** Calls `work` once, after `ms`; the function returned prevents it. */
export type After = (ms: number, work: () => void) => () => void;

/** Where work waits that nobody waits for, while others are served. */
export type Lull = {
  /** Resolves once nobody has been served for `quietMs`, and after `atMostMs` in any case. */
  wait(): Promise<void>;
  /** Tells that the last one who was served has left. */
  emptied(): void;
};

/** What a lull is made of. */
export type LullOptions = {
  readonly quietMs: number;
  readonly atMostMs: number;
  /** How many are being served, and how many ever were. */
  readonly serving: () => { readonly inFlight: number; readonly entered: number };
  readonly after: After;
};

/** A lull; with nobody waiting it does nothing, and one timer watches for all who do. */
export function createLull({ quietMs, atMostMs, serving, after }: LullOptions): Lull {
  const waiting = new Map<() => void, () => void>();
  let isWatching = false;

  function release(goOn: () => void): void {
    waiting.get(goOn)?.();
    waiting.delete(goOn);
    goOn();
  }

  function watch(): void {
    const { inFlight, entered } = serving();
    if (isWatching || waiting.size === 0 || inFlight > 0) return;
    isWatching = true;
    after(quietMs, () => {
      isWatching = false;
      const now = serving();
      if (now.inFlight > 0 || now.entered !== entered) return watch();
      for (const goOn of [...waiting.keys()]) release(goOn);
    });
  }

  return {
    wait: () =>
      new Promise((resolve) => {
        const goOn = (): void => resolve();
        waiting.set(
          goOn,
          after(atMostMs, () => release(goOn)),
        );
        watch();
      }),
    emptied: watch,
  };
}

/** By the clock of the machine; a timer that is left keeps no process alive. */
export function afterRealTime(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
}
