import type { RequestHeaders } from "../call.ts";
import { activeSpanIds } from "../telemetry/spans.ts";

/** What a row says where nothing was traced. */
export const NO_TRACE = "0".repeat(32);

/** The id of the trace that is being written, undefined for none. */
export function activeTraceId(): string | undefined {
  return activeSpanIds()?.traceId;
}

/** The way back into the trace in which a saga began, for work that no span encloses: after a crash, at a time, by a signal elsewhere. */
export function traceOf(traceId: string): { readonly parent?: RequestHeaders } {
  if (activeTraceId() !== undefined || traceId === NO_TRACE) return {};
  const traceparent = `00-${traceId}-${traceId.slice(0, 16)}-01`;
  return { parent: { get: (name) => (name === "traceparent" ? traceparent : undefined) } };
}
