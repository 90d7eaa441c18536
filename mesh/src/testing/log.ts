import type { Log } from "../log.ts";

/** A log that keeps to itself. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
