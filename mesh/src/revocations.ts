import type { KV } from "@nats-io/kv";
import { followBucket } from "./events/bucket.ts";
import type { Nats } from "./events/nats.ts";
import { createWait } from "./events/wait.ts";
import type { Log } from "./log.ts";

/** The sessions ended lately, known to every process within moments. Longer than an actor token lives; later no token can name them. */
export type Revocations = {
  /** Tells every process: this one knows at once; resolves when NATS has it, or, while NATS is away, without: it hears later. */
  revoke(sessionId: string): Promise<void>;
  isRevoked(sessionId: string): boolean;
  /** Hears the session of each revocation, here or elsewhere, once. Returns how to stop hearing. */
  onRevoked(listener: (sessionId: string) => void): () => void;
  stop(): Promise<void>;
};

const BUCKET = "shopmesh_revocations";
const KEPT_MS = 10 * 60_000;
const SWEEP_MS = 60_000;
const START_MS = 3_000;
/** Signing out does not wait longer for a NATS that is just dying. */
const SEND_MS = 1_000;

/** Follows the shared list; resolves when it was read, or after a moment without NATS. All of it is real time. */
export async function createRevocations(options: { readonly nats: Nats; readonly log: Log }): Promise<Revocations> {
  const { nats, log } = options;
  const list = createList();
  const unsent = new Set<string>();

  async function send(store: KV): Promise<void> {
    for (const sessionId of unsent) {
      await store.put(keyOf(sessionId), "");
      unsent.delete(sessionId);
    }
  }

  const bucket = followBucket({
    nats,
    log,
    name: BUCKET,
    ttlMs: KEPT_MS,
    onEntry: (entry) => {
      if (entry.operation === "PUT") list.learn(sessionOf(entry.key), entry.created.getTime());
    },
    onFollowed: async (store) => {
      // A store that was lost gets back what we know, and what was said while NATS was away.
      for (const sessionId of list.all()) unsent.add(sessionId);
      await send(store);
    },
  });
  const sweep = setInterval(list.sweep, SWEEP_MS);
  sweep.unref();
  await within(START_MS, bucket.isFollowed);
  return {
    async revoke(sessionId) {
      list.learn(sessionId, Date.now());
      unsent.add(sessionId);
      if (!nats.isConnected()) return;
      const sent = bucket
        .store()
        .then(send)
        .catch((error: unknown) => log.warn("a revocation waits for nats", {}, error));
      await within(SEND_MS, sent);
    },
    isRevoked: list.has,
    onRevoked: list.onNew,
    async stop() {
      clearInterval(sweep);
      await bucket.stop();
    },
  };
}

/** Resolves with `work`, or after `ms` without it. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const bound = createWait();
  await Promise.race([work, bound.for(ms)]);
  bound.end();
}

/** What this process knows. */
function createList() {
  const expiries = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();
  return {
    learn(sessionId: string, sinceMs: number): void {
      if (expiries.has(sessionId) || sinceMs + KEPT_MS < Date.now()) return;
      expiries.set(sessionId, sinceMs + KEPT_MS);
      for (const listener of listeners) listener(sessionId);
    },
    has: (sessionId: string) => (expiries.get(sessionId) ?? 0) > Date.now(),
    all: () => expiries.keys(),
    sweep(): void {
      for (const [sessionId, expiryMs] of expiries) {
        if (expiryMs < Date.now()) expiries.delete(sessionId);
      }
    },
    onNew(listener: (sessionId: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

// A key of NATS takes few characters.
function keyOf(sessionId: string): string {
  return Buffer.from(sessionId).toString("base64url");
}

function sessionOf(key: string): string {
  return Buffer.from(key, "base64url").toString();
}
