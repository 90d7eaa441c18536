/** What a long proof is at, and how long that took. */
export type Phases = {
  /** Does `work` as a part of phase `name`, and says how long it took. */
  during<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** "visits 40.2 min, nights 3.1 min, books 0.4 min": what all parts of each phase took. */
  told(): string;
};

/** Measures phases. */
export function openPhases(say: (line: string) => void): Phases {
  const tookMs = new Map<string, number>();
  return {
    async during(name, work) {
      const startedMs = performance.now();
      try {
        return await work();
      } finally {
        const partMs = performance.now() - startedMs;
        tookMs.set(name, (tookMs.get(name) ?? 0) + partMs);
        say(`${name}: ${(partMs / 1_000).toFixed(1)} s`);
      }
    },
    told: () => Array.from(tookMs, ([name, ms]) => `${name} ${(ms / 60_000).toFixed(1)} min`).join(", "),
  };
}
