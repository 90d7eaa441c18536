import type { Call } from "./call.ts";

/** Server streams that follow a row: wake-ups by `tx.wake(topic)`, a slow poll as the fallback. */
export type Live = {
  /**
   * Follows `topic` until the client leaves, its session is revoked or the server drains (then throws UNAVAILABLE, and
   * the client resumes from its cursor). `read(cursor)` gives what is newer than `cursor` and the new cursor; an empty list
   * is no message. `heartbeat(cursor)` is sent at once where there is nothing newer, and after `heartbeatMs` without a message.
   */
  follow<T>(call: Call, topic: string, options: FollowOptions<T>): AsyncIterable<T>;
};

/** How one stream reads. */
export type FollowOptions<T> = {
  /** Where the client was; empty for the beginning (a *state* stream then starts with a snapshot). */
  readonly cursor: string;
  readonly read: (cursor: string) => Promise<{ readonly messages: readonly T[]; readonly cursor: string }>;
  readonly heartbeat: (cursor: string) => T;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** Default 2 s. */
  readonly pollMs?: number;
};
