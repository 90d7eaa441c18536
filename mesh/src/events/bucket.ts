import { type KV, type KvEntry, type KvWatchEntry, Kvm } from "@nats-io/kv";
import type { QueuedIterator } from "nats";
import { backoffMs } from "../backoff.ts";
import type { Log } from "../log.ts";
import { withoutTrace } from "../telemetry/spans.ts";
import type { Nats } from "./nats.ts";
import { type NewestOnly, newestOnly } from "./newest-only.ts";
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
  /** Hears each entry that is there or comes, none after a newer one of its key; with a new store all begins anew. */
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
    const began = await kv.watch();
    watch = began;
    const news = newestOnly(options.onEntry);
    if (isStopped) began.stop();
    await Promise.all([
      hearAll(began, news),
      hearPresent(kv, options, news).then(followed.resolve, (error: unknown) => {
        began.stop();
        throw error;
      }),
    ]);
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

async function hearAll(watch: QueuedIterator<KvWatchEntry>, news: NewestOnly<KvEntry>): Promise<void> {
  for await (const entry of watch) news.watched(entry);
}

/** What lies in the bucket now, then `onFollowed`. */
async function hearPresent(kv: KV, options: FollowBucketOptions, news: NewestOnly<KvEntry>): Promise<void> {
  // Not kv.keys(): where an entry changes meanwhile it waits for a heartbeat, half a minute.
  for (const key of await presentKeys(options.nats, options.name)) {
    const entry = await kv.get(key);
    if (entry !== null) news.read(entry);
  }
  news.allRead();
  await options.onFollowed?.(kv);
}

/** The keys of a bucket, also those whose entry was deleted. */
async function presentKeys({ manager }: Nats, name: string): Promise<readonly string[]> {
  const prefix = `$KV.${name}.`;
  const { state } = await manager.streams.info(`KV_${name}`, { subjects_filter: `${prefix}>` });
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
}
