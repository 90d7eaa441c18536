import type { Pool, PoolConnection } from "mysql2";
import { translate, unavailable } from "./errors.ts";

/** The connections of one of a service's pools, at most `size`. */
export type Connections = {
  /** A connection for the caller alone, who gives it back. Throws DATABASE_UNAVAILABLE when none is free in time. */
  acquire(): Promise<PoolConnection>;
  /** Gives `connection` back; one that is in an unknown state is thrown away. */
  release(connection: PoolConnection, isBroken?: boolean): void;
  readonly usage: () => {
    readonly used: number;
    readonly waiting: number;
    readonly size: number;
  };
};

/** Waiting longer for a connection is worse than saying that there is none: the caller's deadline is near. */
const ACQUIRE_TIMEOUT_MS = 5_000;

const ignore = (): void => undefined;

/** Takes and counts connections of `pool`; `onWait` hears how long each was waited for. */
export function createConnections(pool: Pool, size: number, onWait: (waitMs: number) => void = ignore): Connections {
  let used = 0;
  let waiting = 0;

  function acquire(): Promise<PoolConnection> {
    waiting += 1;
    const sinceMs = performance.now();
    return new Promise((resolve, reject) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        waiting -= 1;
        reject(unavailable(new Error(`no connection was free within ${ACQUIRE_TIMEOUT_MS} ms (pool of ${size})`)));
      }, ACQUIRE_TIMEOUT_MS);
      pool.getConnection((error, connection) => {
        if (isLate) {
          if (!error) connection.release();
          return;
        }
        clearTimeout(timer);
        waiting -= 1;
        onWait(performance.now() - sinceMs);
        if (error) {
          reject(translate(error, "connect"));
          return;
        }
        used += 1;
        resolve(connection);
      });
    });
  }

  function release(connection: PoolConnection, isBroken = false): void {
    used -= 1;
    if (isBroken) connection.destroy();
    else connection.release();
  }

  return { acquire, release, usage: () => ({ used, waiting, size }) };
}

/**
 * Settings of every new connection: READ COMMITTED once rather than by transaction, and a wait for a lock that ends before
 * the caller's patience (the server's own default is 50 s).
 */
export const sessionStatements: readonly string[] = [
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION innodb_lock_wait_timeout = 5",
];

/** Of connections for transactions: their statements begin one by themselves, which saves a round trip in each. */
export const transactionStatements: readonly string[] = [...sessionStatements, "SET SESSION autocommit = 0"];
