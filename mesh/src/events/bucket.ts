import { type KV, type KvEntry, type KvWatchEntry, Kvm } from "@nats-io/kv";
import type { QueuedIterator } from "nats";
import { backoffMs } from "../database/backoff.ts";
import type { Log } from "../log.ts";
import { withoutTrace } from "../telemetry/spans.ts";
import type { Nats } from "./nats.ts";
import { createWait } from "./wait.ts";

/** A small shared map at NATS, followed. */
export type Bucket = {
  /** The map itself, made if it is missing; throws while NATS is away. */
  store(): Promise<KV>;
  /** Resolves when its present values were heard once. */
  readonly isFollowed: Promise<void>;
  stop(): Promise<void>;
};

/** What is followed, and what to do with it. */
export type FollowBucketOptions = {
  readonly nats: Nats;
  readonly log: Log;
  readonly name: string;
  /** How long an entry lives; for ever when absent. */
  readonly ttlMs?: number;
  /** Hears each entry that is there or comes; an entry may be heard again. */
  readonly onEntry: (entry: KvEntry) => void;
  /** The map stands and its present values were heard: the place to put what it lacks. */
  readonly onFollowed?: (store: KV) => Promise<void>;
};

const AWAY_BACKOFF = { firstMs: 100, maxMs: 3_000 };

/** Follows the bucket until stopped, over reconnects and lost stores. */
export function followBucket(options: FollowBucketOptions): Bucket {
  const { nats, log, name } = options;
  const manager = new Kvm(nats.jetstream);
  const wait = createWait();
  const followed = Promise.withResolvers<void>();
  let watch: QueuedIterator<KvWatchEntry> | undefined;
  let isStopped = false;

  const store = () =>
    manager.create(name, {
      replicas: nats.replicas,
      ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
    });

  async function follow(): Promise<void> {
    const kv = await store();
    // The watch begins with the last value of each key; what is there now is read besides, to know when it was all heard.
    watch = await kv.watch();
    for await (const key of await kv.keys()) {
      const entry = await kv.get(key);
      if (entry !== null) options.onEntry(entry);
    }
    await options.onFollowed?.(kv);
    followed.resolve();
    if (isStopped) watch.stop();
    for await (const entry of watch) options.onEntry(entry);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !isStopped; ) {
      try {
        await follow();
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 2) log.warn("a bucket cannot be followed", { bucket: name }, error);
      }
      if (!isStopped) await wait.for(backoffMs(Math.max(1, failures), AWAY_BACKOFF, Math.random()));
    }
  }

  // The store may have been lost meanwhile: begin anew.
  const forget = nats.onReconnect(() => watch?.stop());
  const running = withoutTrace(run);
  return {
    store,
    isFollowed: followed.promise,
    async stop() {
      isStopped = true;
      forget();
      watch?.stop();
      wait.end();
      await running;
    },
  };
}
