/** Work that must not overlap within a lane. */
export type Lanes = {
  /** Runs `work` after what was given before it in the same lane; at once without a lane. */
  run<T>(lane: string | undefined, work: () => Promise<T>): Promise<T>;
};

/** Lanes that vanish when they are empty. */
export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async run(lane, work) {
      if (lane === undefined) return work();
      const before = tails.get(lane) ?? Promise.resolve();
      const mine = before.then(work, work);
      tails.set(lane, mine);
      try {
        return await mine;
      } finally {
        if (tails.get(lane) === mine) tails.delete(lane);
      }
    },
  };
}
