import { AsyncLocalStorage } from "node:async_hooks";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Origin } from "./call.ts";

/** Reads what is known of several keys; of those that nobody knows, nothing. */
export type ReadMany<Key, Value> = (keys: readonly Key[], origin: Origin) => Promise<ReadonlyMap<Key, Value>>;

type Waiting<Key, Value> = {
  readonly keys: readonly Key[];
  readonly origin: Origin;
  readonly resolve: (values: ReadonlyMap<Key, Value>) => void;
  readonly reject: (error: unknown) => void;
};

type Queue<Key, Value> = {
  readonly asked: Waiting<Key, Value>[];
  /** Runs what it is given in the context of whoever came first: the read is a part of that one's trace. */
  readonly inContext: (work: () => void) => void;
  readonly timer: NodeJS.Timeout;
};

/** Nobody waits longer for what others have asked: one answer that is late keeps back no other. */
const LONGEST_WAIT_MS = 40;

/**
 * What `read` gives, which anybody may ask for and which is the same for all. Who comes while others' answers are under way
 * waits for these a moment, and then asks by one question with all who came meanwhile: each still gets what was read after
 * it came. At most `maxKeys` go in one question. One that is asked for several is asked by nobody in particular, until the
 * last of their deadlines.
 */
export function readTogether<Key, Value>(read: ReadMany<Key, Value>, maxKeys: number): ReadMany<Key, Value> {
  let underWay = 0;
  let queue: Queue<Key, Value> | undefined;

  async function ask(asked: readonly Waiting<Key, Value>[]): Promise<void> {
    underWay += 1;
    try {
      const values = await readAll(read, asked, maxKeys);
      for (const { keys, resolve } of asked) resolve(ofKeys(values, keys));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      underWay -= 1;
      if (underWay === 0) askQueue();
    }
  }

  function askQueue(): void {
    if (queue === undefined) return;
    const { asked, inContext, timer } = queue;
    queue = undefined;
    clearTimeout(timer);
    inContext(() => void ask(asked));
  }

  return (keys, origin) =>
    new Promise((resolve, reject) => {
      const waiting = { keys, origin, resolve, reject };
      if (underWay === 0) return void ask([waiting]);
      queue ??= { asked: [], inContext: AsyncLocalStorage.snapshot(), timer: setTimeout(askQueue, LONGEST_WAIT_MS) };
      queue.asked.push(waiting);
    });
}

async function readAll<Key, Value>(
  read: ReadMany<Key, Value>,
  asked: readonly Waiting<Key, Value>[],
  maxKeys: number,
): Promise<ReadonlyMap<Key, Value>> {
  const [only, ...others] = asked;
  if (only !== undefined && others.length === 0) return read(only.keys, only.origin);
  const keys = [...new Set(asked.flatMap((waiting) => waiting.keys))];
  const origin = originOfAll(asked.map((waiting) => waiting.origin));
  const questions = Array.from({ length: Math.ceil(keys.length / maxKeys) }, (_, index) =>
    read(keys.slice(index * maxKeys, (index + 1) * maxKeys), origin),
  );
  const answers = await Promise.all(questions);
  return new Map(answers.flatMap((answer) => [...answer]));
}

/** Nobody's in particular; as important as the most important of them, none of whom can end it. */
function originOfAll(origins: readonly Origin[]): Origin {
  const importance = origins.map(({ criticality = Criticality.NORMAL }) => criticality);
  return {
    actorToken: "",
    deadlineMs: Math.max(...origins.map(({ deadlineMs }) => deadlineMs)),
    signal: new AbortController().signal,
    requestId: origins[0]?.requestId ?? "",
    isInTransaction: origins.some(({ isInTransaction }) => isInTransaction),
    // The more something matters, the smaller its number.
    criticality: importance.reduce((most, other) => (other < most ? other : most), Criticality.SHEDDABLE),
  };
}

function ofKeys<Key, Value>(values: ReadonlyMap<Key, Value>, keys: readonly Key[]): ReadonlyMap<Key, Value> {
  return new Map(
    keys.flatMap((key) => {
      const value = values.get(key);
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}
