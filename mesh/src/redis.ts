import { Redis } from "ioredis";
import type { Log } from "./log.ts";

const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 5000;

/** What a connection to Redis is for. */
export type RedisUse = {
  readonly keyPrefix: string;
  readonly log: Log;
  /** Logged when it goes away: what then happens. */
  readonly whenAway: string;
};

/** A connection that nothing waits for: opened at first use, no command queues or takes longer than 100 ms. */
export function openRedis(url: string, { keyPrefix, log, whenAway }: RedisUse): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    keyPrefix,
    retryStrategy: (attempt) => Math.min(attempt * 200, MAX_RECONNECT_DELAY_MS),
  });
  let isAway = false;
  redis.on("error", (error: Error) => {
    if (!isAway) log.warn(`Redis is away: ${whenAway}`, {}, error);
    isAway = true;
  });
  redis.on("ready", () => {
    if (isAway) log.info("Redis is back");
    isAway = false;
  });
  return redis;
}
