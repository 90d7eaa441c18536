import { LeanSet } from "@shopmesh/kernel";

/** A wait that can be ended early. */
export type Wait = {
  /** Resolves after `ms` of real time, or when ended. */
  for(ms: number): Promise<void>;
  /** Ends every wait of now. */
  end(): void;
};

/** Waits of one owner. */
export function createWait(): Wait {
  const ends = new LeanSet<() => void>();
  return {
    for(ms) {
      return new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer);
          ends.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        ends.add(end);
      });
    },
    end() {
      for (const end of ends) end();
    },
  };
}
