import type { Redis } from "ioredis";
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import type { Log } from "../log.ts";
import { openRedis } from "../redis.ts";
import type { RateLimit, Standing } from "./rate-limit.ts";
import { createSwiftLimit, type SharedCount } from "./swift.ts";

/**
 * Limits that all replicas of a service share over Redis. While Redis is away each replica counts by itself, and they share
 * again when it is back.
 */
export type RateLimits = {
  /** Decides at once and tells the others within 200 ms: for what every call passes. See createSwiftLimit for its bound. */
  swift(limit: RateLimit): (key: string) => Standing;
  /** Asks Redis first, so that no call too many passes: for what is worth a round trip. Refused calls are counted, too. */
  exact(limit: RateLimit): (key: string) => Promise<Standing>;
  close(): void;
};

/** What rate limits are made of. */
export type RateLimitsOptions = {
  /** redis://…; undefined: each replica counts by itself. */
  readonly url: string | undefined;
  readonly service: string;
  readonly region: string;
  readonly log: Log;
};

const SHARE_MS = 200;

/** Limits for one service, connected when first used. */
export function openRateLimits({ url, service, region, log }: RateLimitsOptions): RateLimits {
  const keyPrefix = `${service}:${region}:limit:`;
  const whenAway = "each replica keeps the rate limits by itself";
  const redis = url === undefined ? undefined : openRedis(url, { keyPrefix, log, whenAway });
  const timers = new Set<NodeJS.Timeout>();
  return {
    swift(limit) {
      const swift = createSwiftLimit(limit, {
        shared: redis === undefined ? undefined : sharedCount(redis, limit),
        now: () => performance.now(),
        onNews() {
          const timer = setTimeout(() => {
            timers.delete(timer);
            void swift.share();
          }, SHARE_MS).unref();
          timers.add(timer);
        },
      });
      return swift.take;
    },
    exact: (limit) => exactLimit(limit, redis),
    close() {
      for (const timer of timers) clearTimeout(timer);
      redis?.disconnect();
    },
  };
}

function sharedCount(redis: Redis, limit: RateLimit): SharedCount {
  const limiter = new RateLimiterRedis({ ...optionsOf(limit), storeClient: redis, rejectIfRedisNotReady: true });
  return async (key, count) => {
    connect(redis);
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key, count);
    return { count: consumedPoints, resetMs: msBeforeNext };
  };
}

function exactLimit(limit: RateLimit, redis: Redis | undefined): (key: string) => Promise<Standing> {
  const alone = new RateLimiterMemory(optionsOf(limit));
  const limiter =
    redis === undefined
      ? alone
      : new RateLimiterRedis({
          ...optionsOf(limit),
          storeClient: redis,
          rejectIfRedisNotReady: true,
          insuranceLimiter: alone,
          // Who is over the limit is refused here until the window ends.
          inMemoryBlockOnConsumed: limit.max,
        });
  return async (key) => {
    if (redis !== undefined) connect(redis);
    try {
      return standingOf(await limiter.consume(key), false);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      return standingOf(error, true);
    }
  };
}

function optionsOf({ name, max, windowMs }: RateLimit) {
  return { keyPrefix: name, points: max, duration: Math.ceil(windowMs / 1_000) };
}

function standingOf({ remainingPoints, msBeforeNext }: RateLimiterRes, isOver: boolean): Standing {
  return { isOver, remaining: Math.max(0, remainingPoints), resetMs: Math.max(0, msBeforeNext) };
}

/** Begins to connect where nobody has; who asks meanwhile is answered from memory. */
function connect(redis: Redis): void {
  if (redis.status === "wait") void redis.connect().catch(() => undefined);
}
