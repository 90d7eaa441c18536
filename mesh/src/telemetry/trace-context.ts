import { createTraceState, type TextMapPropagator, trace } from "@opentelemetry/api";
import type { RequestHeaders, ResponseHeaders } from "../call.ts";
import type { Parent } from "./live-span.ts";

const PATTERN = /^(?!ff)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const NO_TRACE = "0".repeat(32);
const NO_SPAN = "0".repeat(16);
const MAX_STATE_LENGTH = 512;

/** The span that `headers` name (W3C trace context); undefined where they name none. */
export function readTrace(headers: RequestHeaders): Parent | undefined {
  const parent = headers.get("traceparent");
  if (parent === undefined || !PATTERN.test(parent)) return undefined;
  const traceId = parent.slice(3, 35);
  const spanId = parent.slice(36, 52);
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  const state = headers.get("tracestate");
  return {
    traceId,
    spanId,
    isSampled: (Number.parseInt(parent.slice(53, 55), 16) & 1) === 1,
    traceState: state === undefined || state.length > MAX_STATE_LENGTH ? undefined : createTraceState(state),
  };
}

/** Writes a span to `headers` as `traceparent` (and `tracestate`). */
export function writeTrace({ traceId, spanId, isSampled, traceState }: Parent, headers: ResponseHeaders): void {
  headers.set("traceparent", `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`);
  const state = traceState?.serialize();
  if (state !== undefined && state !== "") headers.set("tracestate", state);
}

/** The same two ways for whoever asks OpenTelemetry's own API. */
export const traceContextPropagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context);
    if (span === undefined) return;
    const parent = { ...span, isSampled: (span.traceFlags & 1) === 1, traceState: span.traceState };
    writeTrace(parent, { set: (name, value) => setter.set(carrier, name, value) });
  },
  extract(context, carrier, getter) {
    const parent = readTrace({
      get(name) {
        const value = getter.get(carrier, name);
        return Array.isArray(value) ? value[0] : value;
      },
    });
    if (parent === undefined) return context;
    const { traceId, spanId, isSampled, traceState } = parent;
    const remote = { traceId, spanId, traceFlags: isSampled ? 1 : 0, isRemote: true };
    return trace.setSpanContext(context, traceState === undefined ? remote : { ...remote, traceState });
  },
  fields: () => ["traceparent", "tracestate"],
};
