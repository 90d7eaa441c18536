/**
 * Lets a few at a time go on between two looks at who has come. Answers come in bunches, and to write many of them takes some
 * milliseconds: written in one go they would keep whoever comes meanwhile, who may only be refused, waiting for all of them.
 */
export type Turns = {
  /** Undefined where a turn is free, and taken now; else resolves once one is the caller's. */
  take(): Promise<void> | undefined;
};

/** So many go on together: one by one short answers cost a fifth more, and refusals come as soon with four. */
const TOGETHER = 4;

/** Turns that pass each time that `afterLook` has looked at who has come. */
export function createTurns(afterLook: (pass: () => void) => unknown = setImmediate): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  function pass(): void {
    const next = waiting.splice(0, TOGETHER);
    taken = next.length;
    if (taken === 0) return;
    for (const goOn of next) goOn();
    afterLook(pass);
  }
  return {
    take() {
      if (taken === TOGETHER) return new Promise((resolve) => waiting.push(resolve));
      taken += 1;
      if (taken === 1) afterLook(pass);
      return undefined;
    },
  };
}
