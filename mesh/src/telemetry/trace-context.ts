import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import type { RequestHeaders, ResponseHeaders } from "../call.ts";

const PATTERN = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const MAX_STATE_LENGTH = 512;

/** `context` as a child of the trace that `headers` name (W3C trace context), or `context` where they name none. */
export function extractTrace(context: Context, headers: RequestHeaders): Context {
  const parent = headers.get("traceparent");
  if (parent === undefined) return context;
  const [, traceId = "", spanId = "", flags = ""] = PATTERN.exec(parent) ?? [];
  const remote: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  };
  if (!isSpanContextValid(remote)) return context;
  const state = headers.get("tracestate");
  return trace.setSpanContext(
    context,
    state === undefined || state.length > MAX_STATE_LENGTH
      ? remote
      : { ...remote, traceState: createTraceState(state) },
  );
}

/** Writes the span of `context` to `headers` as `traceparent` (and `tracestate`); nothing where there is none. */
export function injectTrace(context: Context, headers: ResponseHeaders): void {
  const span = trace.getSpanContext(context);
  if (span === undefined || !isSpanContextValid(span)) return;
  headers.set("traceparent", `00-${span.traceId}-${span.spanId}-${(span.traceFlags & 1) === 1 ? "01" : "00"}`);
  const state = span.traceState?.serialize();
  if (state !== undefined && state !== "") headers.set("tracestate", state);
}

/** The same two ways for whoever asks OpenTelemetry's own API. */
export const traceContextPropagator: TextMapPropagator = {
  inject: (context, carrier, setter) =>
    injectTrace(context, { set: (name, value) => setter.set(carrier, name, value) }),
  extract: (context, carrier, getter) =>
    extractTrace(context, {
      get(name) {
        const value = getter.get(carrier, name);
        return Array.isArray(value) ? value[0] : value;
      },
    }),
  fields: () => ["traceparent", "tracestate"],
};
