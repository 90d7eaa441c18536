/**
 * Lets one at a time go on between two looks at who has come. Answers come in bunches, and to write a long one takes some
 * milliseconds: written in one go they would keep whoever comes meanwhile, who may only be refused, waiting for all of them.
 */
export type Turns = {
  /** Undefined where the next turn is free, and taken now; else resolves once it is the caller's. */
  take(): Promise<void> | undefined;
};

/** Turns that pass each time that `afterLook` has looked at who has come. */
export function createTurns(afterLook: (pass: () => void) => unknown = setImmediate): Turns {
  const waiting: (() => void)[] = [];
  let isTaken = false;
  function pass(): void {
    const next = waiting.shift();
    isTaken = next !== undefined;
    if (next === undefined) return;
    next();
    afterLook(pass);
  }
  return {
    take() {
      if (isTaken) return new Promise((resolve) => waiting.push(resolve));
      isTaken = true;
      afterLook(pass);
      return undefined;
    },
  };
}
