/** Structured values of a log line; never a whole request. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** JSON lines with service, trace id and request id. `error` takes the cause under `error`. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields, error?: unknown): void;
  error(message: string, fields: LogFields, error: unknown): void;
};
