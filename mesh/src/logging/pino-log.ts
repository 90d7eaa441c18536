import { DomainError } from "@shopmesh/kernel";
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";
import type { Log, LogFields } from "../log.ts";
import { activeSpanIds } from "../telemetry/spans.ts";

const MAX_CAUSES = 5;

/** How much is written. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** What a log is made of. */
export type LogOptions = {
  readonly service: string;
  readonly level: LogLevel;
  readonly region: string;
  /** Where the lines go; standard output unless given. */
  readonly destination?: DestinationStream;
};

/** A log that can be narrowed. */
export type BindableLog = Log & {
  /** The same log with `fields` (a request id) in each of its lines. */
  readonly bind: (fields: LogFields) => BindableLog;
};

/** A log of JSON lines, one object each: time, level, service, region, trace_id of the active span, message, fields. */
export function createLog({ service, level, region, destination }: LogOptions): BindableLog {
  const options = {
    level,
    base: { service, region },
    messageKey: "message",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: traceFields,
    // The last net, should a secret be handed over by name; what should not be logged should not be passed.
    redact: { paths: [...secretFields], censor: "[redacted]" },
  };
  return logOver(destination === undefined ? pino(options) : pino(options, destination));
}

const secretFields = [
  "authorization",
  "cookie",
  "password",
  "secret",
  "token",
  "session_token",
  "sessionToken",
] as const;

function logOver(logger: Logger): BindableLog {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}, error) =>
      logger.warn(error === undefined ? fields : { ...fields, error: describeError(error) }, message),
    error: (message, fields, error) => logger.error({ ...fields, error: describeError(error) }, message),
    bind: (fields) => logOver(logger.child(fields)),
  };
}

function traceFields(): object {
  const span = activeSpanIds();
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

/** An error as a line carries it, its causes within; nothing but these fields, for a driver's error holds the whole statement. */
export type DescribedError = {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly kind?: string;
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly stack?: string;
  readonly cause?: DescribedError;
};

/** `error` as plain fields, at most five causes deep; anything may have been thrown. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const code: unknown = "code" in error ? error.code : undefined;
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" ? { code } : {}),
    ...(error instanceof DomainError ? { kind: error.kind, reason: error.reason, metadata: error.metadata } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
