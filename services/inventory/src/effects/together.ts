import { AsyncLocalStorage } from "node:async_hooks";
import { type DomainError, isRefusal } from "@shopmesh/kernel";

/** What became of one of several that were done together. */
export type Outcome<Answer> =
  | { readonly kind: "done"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly refusal: DomainError };

type Options<Item, Answer> = {
  /** What an item touches: two that share a key are never under way beside each other. */
  readonly keysOf: (item: Item) => readonly string[];
  /** Does all `items` in one go; one outcome for each, in their order. What it throws, all of them throw. */
  readonly work: (items: readonly Item[]) => Promise<readonly Outcome<Answer>[]>;
  /** How many go in one. */
  readonly maxItems: number;
  /** How many are under way beside each other. */
  readonly maxBatches: number;
};

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly keys: readonly string[];
  readonly resolve: (outcome: Outcome<Answer>) => void;
  readonly reject: (error: unknown) => void;
  /** Runs what it is given in the context of whoever asked: the first of a batch lends it its trace. */
  readonly inContext: (work: () => void) => void;
};

/**
 * Does work at once while little is under way and nobody is at its keys. What comes meanwhile waits, first come first
 * served, and is then done together: what everybody wants is locked and committed once for all of them, not once for each.
 */
export function createTogether<Item, Answer>({ keysOf, work, maxItems, maxBatches }: Options<Item, Answer>) {
  const busy = new Set<string>();
  let running = 0;
  let queue: Waiting<Item, Answer>[] = [];

  async function run(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    try {
      const outcomes = await work(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) reject(new Error("an item was left without an outcome"));
        else resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const { keys } of batch) for (const key of keys) busy.delete(key);
      running -= 1;
      start();
    }
  }

  function start(): void {
    while (running < maxBatches) {
      const { batch, rest } = cutBatch(queue, busy, maxItems);
      if (batch.length === 0) return;
      queue = rest;
      running += 1;
      for (const { keys } of batch) for (const key of keys) busy.add(key);
      batch[0]?.inContext(() => void run(batch));
    }
  }

  /** The answer for `item`; throws its refusal. */
  return async (item: Item): Promise<Answer> => {
    const keys = keysOf(item);
    const outcome = await new Promise<Outcome<Answer>>((resolve, reject) => {
      queue.push({ item, keys, resolve, reject, inContext: AsyncLocalStorage.snapshot() });
      if (running < maxBatches && !keys.some((key) => busy.has(key))) start();
    });
    if (outcome.kind === "refused") throw outcome.refusal;
    return outcome.answer;
  };
}

/**
 * Cuts what can be done now off a queue, in its order: nothing that shares a key with what is busy or with an earlier one
 * that must wait. Those of a batch may share keys: they are done one after the other.
 */
export function cutBatch<Entry extends { readonly keys: readonly string[] }>(
  queue: readonly Entry[],
  busy: ReadonlySet<string>,
  maxItems: number,
): { readonly batch: readonly Entry[]; readonly rest: Entry[] } {
  const closed = new Set(busy);
  const batch: Entry[] = [];
  const rest: Entry[] = [];
  for (const entry of queue) {
    if (batch.length < maxItems && !entry.keys.some((key) => closed.has(key))) {
      batch.push(entry);
      continue;
    }
    for (const key of entry.keys) closed.add(key);
    rest.push(entry);
  }
  return { batch, rest };
}

/**
 * Does `items` one after the other, each by itself: a refusal is that one's alone. Anything else ends all, those that are
 * done too: who asks again is answered as before.
 */
export async function oneByOne<Item, Answer>(
  items: readonly Item[],
  work: (item: Item) => Promise<Answer>,
): Promise<readonly Outcome<Answer>[]> {
  const outcomes: Outcome<Answer>[] = [];
  for (const item of items) {
    try {
      outcomes.push({ kind: "done", answer: await work(item) });
    } catch (refusal) {
      if (!isRefusal(refusal) || refusal.kind === "unavailable") throw refusal;
      outcomes.push({ kind: "refused", refusal });
    }
  }
  return outcomes;
}
