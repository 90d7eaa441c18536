import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { followBucket } from "../events/bucket.ts";
import type { Nats } from "../events/nats.ts";
import { createWait } from "../events/wait.ts";
import type { Log } from "../log.ts";

/** The mesh's time: real time and an offset that all processes share. */
export type VirtualClock = {
  readonly clock: Clock;
  offsetMs(): number;
  /** Moves the time of every process forward, by more than zero; returns the time after it. Throws CLOCK_NOT_VIRTUAL where it is real. */
  advance(byMs: number): Promise<number>;
  /** Hears every jump of this process's time. Returns how to stop hearing. */
  onJump(listener: () => void): () => void;
  stop(): Promise<void>;
};

const BUCKET = "shopmesh_clock";
const KEY = "offset_ms";
const MAX_ATTEMPTS = 20;
const START_MS = 20_000;

/** Real time: what production has. */
export function realClock(): VirtualClock {
  return {
    clock: Date.now,
    offsetMs: () => 0,
    advance: () => Promise.reject(new DomainError("precondition", "CLOCK_NOT_VIRTUAL")),
    onJump: () => () => undefined,
    stop: () => Promise.resolve(),
  };
}

/** The clock that a whole running mesh shares. Resolves when it knows the time; throws when NATS does not tell in time. */
export async function followClock({ nats, log }: { readonly nats: Nats; readonly log: Log }): Promise<VirtualClock> {
  const listeners = new Set<() => void>();
  let offsetMs = 0;

  // Forward only: an old value, or a store that lost its own, changes nothing.
  function move(toMs: number): void {
    if (!(toMs > offsetMs)) return;
    offsetMs = toMs;
    for (const listener of listeners) listener();
  }

  const bucket = followBucket({
    nats,
    log,
    name: BUCKET,
    onEntry: (entry) => {
      if (entry.key === KEY && entry.operation === "PUT") move(Number(entry.string()));
    },
    // A store that was lost gets back what we know: rows already carry that time.
    onFollowed: async (store) => {
      if (offsetMs > 0 && (await store.get(KEY)) === null) await add(store, 0, offsetMs);
    },
  });
  await inTime(bucket.isFollowed);
  return {
    clock: () => Date.now() + offsetMs,
    offsetMs: () => offsetMs,
    async advance(byMs) {
      if (!Number.isFinite(byMs) || byMs <= 0)
        throw new DomainError("invalid", "ADVANCE_NOT_FORWARD", { by_ms: String(byMs) });
      move(await add(await bucket.store(), Math.trunc(byMs), offsetMs));
      return Date.now() + offsetMs;
    },
    onJump(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: bucket.stop,
  };
}

/** Adds `byMs` to the shared offset, which is at least `knownMs`; the sum. Compare and set, tried again when another was faster. */
async function add(store: KV, byMs: number, knownMs: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const entry = await store.get(KEY);
    const sumMs = Math.max(knownMs, entry === null || entry.operation !== "PUT" ? 0 : Number(entry.string())) + byMs;
    try {
      if (entry === null) await store.create(KEY, String(sumMs));
      else await store.update(KEY, String(sumMs), entry.revision);
      return sumMs;
    } catch (error) {
      const isRaced = error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamWrongLastSequence;
      if (!isRaced || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

async function inTime(followed: Promise<void>): Promise<void> {
  const bound = createWait();
  const late = bound.for(START_MS).then(() => "late" as const);
  const outcome = await Promise.race([followed, late]);
  if (outcome === "late")
    throw new Error(`the mesh's clock (NATS bucket ${BUCKET}) cannot be read: is JetStream enabled?`);
  bound.end();
}
