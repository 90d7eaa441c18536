import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  type ContextManager,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";
import type { LiveSpan, Parent } from "./live-span.ts";

/**
 * Where this work stands: in which span, for which service, as a part of what. It is OpenTelemetry's context, with a field for
 * each thing of ours: theirs copies a map for every one, several times a call.
 */
export type Scope = Context & {
  readonly span: LiveSpan | undefined;
  /** Whose work it is, where several services share a process; empty where nobody said. */
  readonly service: string;
  /** The method, consumer or saga that a process is at: what a statement is counted for. */
  readonly operation: string;
  /** What others keep in a context, spans that are not ours among it. */
  readonly others: Context;
};

/** What OpenTelemetry's API keeps the active span under. */
const spanKey = createContextKey("OpenTelemetry Context Key SPAN");
const scopeKey = createContextKey("shop.scope");
const scopes = new AsyncLocalStorage<Scope>();

/** Outside everything. */
export const rootScope: Scope = makeScope(undefined, "", "", ROOT_CONTEXT);

export function makeScope(span: LiveSpan | undefined, service: string, operation: string, others: Context): Scope {
  return { span, service, operation, others, getValue, setValue, deleteValue };
}

/** Where the present work stands. */
export function activeScope(): Scope {
  return scopes.getStore() ?? rootScope;
}

/** Runs `run` there. */
export function runIn<T, A extends unknown[]>(scope: Scope, run: (...given: A) => T, ...given: A): T {
  return scopes.run(scope, run, ...given);
}

/** What of ours is in a context that somebody else made. */
export function scopeOf(context: Context): Scope {
  const known = context.getValue(scopeKey);
  if (known !== undefined) return known as Scope;
  return context === ROOT_CONTEXT ? rootScope : makeScope(undefined, "", "", context);
}

/** The same for whoever asks OpenTelemetry's own API. */
export const contextManager: ContextManager = {
  active: activeScope,
  with: (context, run, self, ...given) => scopes.run(scopeOf(context), () => run.apply(self as never, given)),
  bind(context, target) {
    if (typeof target !== "function") return target;
    const bound = (...given: unknown[]): unknown => scopes.run(scopeOf(context), () => target(...given));
    return bound as typeof target;
  },
  enable: () => contextManager,
  disable: () => contextManager,
};

function getValue(this: Scope, key: symbol): unknown {
  if (key === spanKey) return this.span ?? this.others.getValue(key);
  return key === scopeKey ? this : this.others.getValue(key);
}

function setValue(this: Scope, key: symbol, value: unknown): Context {
  const { span, service, operation, others } = this;
  if (key !== spanKey) return makeScope(span, service, operation, others.setValue(key, value));
  return isLive(value)
    ? makeScope(value, service, operation, others)
    : makeScope(undefined, service, operation, others.setValue(key, value));
}

function deleteValue(this: Scope, key: symbol): Context {
  const { span, service, operation, others } = this;
  return makeScope(key === spanKey ? undefined : span, service, operation, others.deleteValue(key));
}

function isLive(value: unknown): value is LiveSpan {
  return typeof value === "object" && value !== null && "parentSpanId" in value;
}

/** A span of somebody else's that is active. */
export function foreignParent({ others }: Scope): Parent | undefined {
  const context = others === ROOT_CONTEXT ? undefined : trace.getSpanContext(others);
  if (context === undefined || !isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags, traceState } = context;
  return { traceId, spanId, isSampled: (traceFlags & 1) === 1, traceState };
}
