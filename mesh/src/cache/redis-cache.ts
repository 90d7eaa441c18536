import { randomBytes } from "node:crypto";
import { LeanMap } from "@shopmesh/kernel";
import type { Cache, CacheCodec, CacheLifetime, Versioned } from "../cache.ts";
import type { Log } from "../log.ts";
import { openRedis } from "../redis.ts";
import { createCircuit } from "./circuit.ts";
import { createHeld } from "./held.ts";
import { createMissedDrops } from "./missed-drops.ts";
import { DROP, STORE } from "./scripts.ts";

/** Longer than any load may take: while a drop is remembered, an older load cannot store what it read. */
const DROP_MEMORY_MS = 120_000;
const VERSION_DIGITS = 20;
/** Some megabytes of products. */
const MOST_HELD = 1_000;

/** What a cache is made of. */
export type CacheOptions = {
  /** redis://…; undefined: nothing is kept, loads are still single flight. */
  readonly url: string | undefined;
  /** Keys are this service's own, in this region. */
  readonly service: string;
  readonly region: string;
  readonly log: Log;
};

/** A cache with its connection. */
export type ConnectedCache = Cache & {
  readonly close: () => void;
};

/** What lies at a key. */
type Found = {
  readonly bytes: Buffer | null;
  /** The last drop of this key; a value made before it must not be stored. */
  readonly drop: Buffer | null;
};

/** The bytes store that a cache stands on; a failure is a miss. */
type Bytes = {
  find(key: string): Promise<Found | undefined>;
  store(key: string, entry: { version: string; bytes: Uint8Array; drop: Buffer | null; ttlMs: number }): Promise<void>;
  drop(key: string): Promise<void>;
  close(): void;
};

/** A cache over Redis, connected when first used. No call waits for Redis longer than 100 ms, or fails by it. */
export function connectCache(options: CacheOptions): ConnectedCache {
  const bytes = options.url === undefined ? nothing : redisBytes(options.url, options);
  const flights = new LeanMap<string, Promise<unknown>>();
  const held = createHeld(MOST_HELD, () => performance.now());
  return {
    async through<T>(
      key: string,
      { ttlMs, heldMs = 0 }: CacheLifetime,
      codec: CacheCodec<T>,
      load: () => Promise<Versioned<T> | undefined>,
    ) {
      // Whoever uses one key with two codecs has a bug that no type can tell.
      const known = (held.find(key) ?? flights.get(key)) as T | Promise<T | undefined> | undefined;
      if (known !== undefined) return known;
      const flight = readThrough(bytes, key, ttlMs, codec, load, options.log);
      flights.set(key, flight);
      try {
        const value = await flight;
        // What was dropped meanwhile is not held.
        if (heldMs > 0 && value !== undefined && flights.get(key) === flight) held.keep(key, value, heldMs);
        return value;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    },
    async drop(...keys) {
      // A load under way may have read what is now old: nobody else joins it.
      for (const key of keys) {
        flights.delete(key);
        held.drop(key);
      }
      await Promise.all(keys.map((key) => bytes.drop(key)));
    },
    close: () => bytes.close(),
  };
}

async function readThrough<T>(
  bytes: Bytes,
  key: string,
  ttlMs: number,
  codec: CacheCodec<T>,
  load: () => Promise<Versioned<T> | undefined>,
  log: Log,
): Promise<T | undefined> {
  const found = await bytes.find(key);
  if (found?.bytes) {
    try {
      return codec.decode(found.bytes);
    } catch (error) {
      // Written by another version of this code: as good as absent.
      log.warn("cached value is unreadable", { key }, error);
    }
  }
  const loaded = await load();
  if (loaded === undefined) return undefined;
  if (found !== undefined) {
    await bytes.store(key, {
      version: loaded.version.toString().padStart(VERSION_DIGITS, "0"),
      bytes: codec.encode(loaded.value),
      drop: found.drop,
      ttlMs: withJitter(ttlMs),
    });
  }
  return loaded.value;
}

function redisBytes(url: string, { service, region, log }: CacheOptions): Bytes {
  const redis = openRedis(url, {
    keyPrefix: `${service}:${region}:`,
    log,
    whenAway: "every read of the cache is a miss",
  });
  const circuit = createCircuit({ maxFailures: 5, pauseMs: 2000, now: () => performance.now() });
  // Undefined where it was not done; nothing waits for a connection.
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    if (redis.status === "wait") void redis.connect().catch(() => undefined);
    return redis.status === "ready" ? circuit(work) : undefined;
  };
  const missed = createMissedDrops(log, (key) =>
    attempt(() => redis.eval(DROP, 1, key, randomBytes(8).toString("hex"), DROP_MEMORY_MS)),
  );
  return {
    async find(key) {
      if (!(await missed.isClear())) return undefined;
      return attempt(async () => {
        const [bytes = null, drop = null] = await redis.hmgetBuffer(key, "bytes", "drop");
        return { bytes, drop };
      });
    },
    async store(key, { version, bytes, drop, ttlMs }) {
      await attempt(() => redis.eval(STORE, 1, key, version, Buffer.from(bytes), drop ?? "", ttlMs));
    },
    drop: missed.drop,
    close: () => redis.disconnect(),
  };
}

const nothing: Bytes = {
  find: () => Promise.resolve(undefined),
  store: () => Promise.resolve(),
  drop: () => Promise.resolve(),
  close() {},
};

/** Keys written together must not end together. */
function withJitter(ttlMs: number): number {
  return Math.max(1, Math.round(ttlMs * (0.9 + Math.random() * 0.2)));
}
