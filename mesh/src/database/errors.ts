import { DomainError } from "@shopmesh/kernel";

const DUPLICATE_KEY = 1062;
const LOCK_WAIT_TIMEOUT = 1205;
const DEADLOCK = 1213;

/** What the server or the socket says when there is no database to talk to. */
const lossCodes: ReadonlySet<string> = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "ER_SERVER_SHUTDOWN",
  "ER_CON_COUNT_ERROR",
  "ER_TOO_MANY_USER_CONNECTIONS",
  "ER_NORMAL_SHUTDOWN",
  "ER_CONNECTION_KILLED",
  "ER_QUERY_INTERRUPTED",
]);

/** The fields that mysql2 adds to its errors. */
type DriverError = Error & {
  readonly errno?: number;
  readonly code?: string;
  sql?: string;
  readonly fatal?: boolean;
};

const contentions = new WeakSet<object>();

/** Whether `error` says that this process's transaction lost a race for locks and may be tried whole again. */
export function isContention(error: unknown): boolean {
  return typeof error === "object" && error !== null && contentions.has(error);
}

/** `error`, which says that a race was lost: as after a deadlock the transaction may be tried whole again. */
export function asContention(error: Error): Error {
  contentions.add(error);
  return error;
}

/** Whether `error` is a refused duplicate of a unique key, of `key` where given ("PRIMARY" for the primary one). */
export function isDuplicate(error: unknown, key?: string): error is DomainError {
  return (
    error instanceof DomainError && error.reason === "DUPLICATE" && (key === undefined || error.metadata.key === key)
  );
}

/** Whether the server cannot be reached, or is gone; trying again later may succeed. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, fatal, message } = error as DriverError;
  return (
    (code !== undefined && lossCodes.has(code)) ||
    fatal === true ||
    message.includes("closed state") ||
    message === "Pool is closed."
  );
}

/** The driver's `error` in the mesh's words; what nobody expects stays as it is, without the values of its statement. */
export function translate(error: unknown, statement: string): unknown {
  if (!(error instanceof Error) || error instanceof DomainError) return error;
  const driverError = error as DriverError;
  if (driverError.sql !== undefined) driverError.sql = statement;
  if (driverError.errno === DUPLICATE_KEY)
    return new DomainError("exists", "DUPLICATE", { key: keyOf(error.message) }, { cause: error });
  if (driverError.errno === DEADLOCK || driverError.errno === LOCK_WAIT_TIMEOUT) {
    return asContention(new DomainError("aborted", "DATABASE_CONTENTION", {}, { cause: error }));
  }
  if (isConnectionLoss(error)) return unavailable(error);
  return error;
}

/** There is no database to talk to. */
export function unavailable(cause: unknown): DomainError {
  return new DomainError("unavailable", "DATABASE_UNAVAILABLE", {}, { cause });
}

// "Duplicate entry '…' for key 'name'"; MySQL 8 says 'table.name'.
function keyOf(message: string): string {
  const name = /for key '([^']*)'\s*$/.exec(message)?.[1] ?? "";
  return name.slice(name.lastIndexOf(".") + 1);
}
