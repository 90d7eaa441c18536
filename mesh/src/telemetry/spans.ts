import type { DescMethod } from "@bufbuild/protobuf";
import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import type { RequestHeaders, ResponseHeaders } from "../call.ts";
import { isFault, statusName } from "./status.ts";
import { extractTrace, injectTrace } from "./trace-context.ts";

/** The span attribute that names the service where several share a process; a context says it too. */
export const SERVICE_ATTRIBUTE = "shop.service";

/** Where the present service's name lies in a context; start.ts stamps it on every span. */
export const serviceKey = createContextKey("shop.service");

/** Where the work that a statement or call belongs to is named: the method, consumer or saga that a process is at. */
const operationKey = createContextKey("shop.operation");

/** What a span of one's own is. */
export type SpanOptions = {
  readonly kind?: "internal" | "producer" | "consumer" | "client" | "server";
  readonly attributes?: Attributes;
  /** Headers that name the trace to go on with, instead of the active one. */
  readonly parent?: RequestHeaders;
  /** The service that acts, for it and all spans below. */
  readonly service?: string;
};

const kinds = {
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
} as const;

/** Runs `run` in a span named `name`, ended when the promise settles; a throw is recorded and passes. */
export async function withSpan<T>(name: string, options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> {
  const { span, inner } = open(name, options);
  try {
    return settle(span, await context.with(inner, run, undefined, span));
  } catch (error) {
    throw fail(span, error);
  }
}

/** Runs a unary handler in the server span of `method`, a child of the trace named by `headers`. */
export function withServerSpan<T>(
  method: DescMethod,
  headers: RequestHeaders,
  run: (span: Span) => Promise<T>,
  service: string = serviceOf(method),
): Promise<T> {
  return withSpan(nameOf(method), serverOptions(method, headers, service), run);
}

/** As withServerSpan for a server stream: the span lasts until the stream ends, fails or is left. */
export function withServerStreamSpan<T>(
  method: DescMethod,
  headers: RequestHeaders,
  run: (span: Span) => AsyncIterable<T>,
  service: string = serviceOf(method),
): AsyncIterable<T> {
  return streamInSpan(nameOf(method), serverOptions(method, headers, service), run);
}

/** Makes a unary call in a client span, of `service` where it is told; `inject` writes the trace to the headers that travel with it. */
export function withClientSpan<T>(
  method: DescMethod,
  run: (inject: (headers: ResponseHeaders) => void, span: Span) => Promise<T>,
  service?: string,
): Promise<T> {
  return withSpan(nameOf(method), clientOptions(method, service), (span) => run(injectActiveTrace, span));
}

/** As withClientSpan for a server stream. */
export function withClientStreamSpan<T>(
  method: DescMethod,
  run: (inject: (headers: ResponseHeaders) => void, span: Span) => AsyncIterable<T>,
  service?: string,
): AsyncIterable<T> {
  return streamInSpan(nameOf(method), clientOptions(method, service), (span) => run(injectActiveTrace, span));
}

/** Writes the active trace to `headers`: of a call, an outbox row, a task. */
export function injectActiveTrace(headers: ResponseHeaders): void {
  injectTrace(context.active(), headers);
}

/** The active trace's id, 32 hex digits; empty for none. */
export function activeTraceId(): string {
  return trace.getActiveSpan()?.spanContext().traceId ?? "";
}

/** The method, consumer or saga in whose work this is; empty for a background loop. */
export function activeOperation(): string {
  const operation = context.active().getValue(operationKey);
  return typeof operation === "string" ? operation : "";
}

/** Runs `run` as the work of `operation`: its statements are counted there, not where it was started from. */
export function withOperation<T>(operation: string, run: () => T): T {
  return context.with(context.active().setValue(operationKey, operation), run);
}

/** Runs `run` outside any trace: a background loop must not become part of the call that started it. */
export function withoutTrace<T>(run: () => T): T {
  return context.with(ROOT_CONTEXT, run);
}

async function* streamInSpan<T>(
  name: string,
  options: SpanOptions,
  run: (span: Span) => AsyncIterable<T>,
): AsyncIterable<T> {
  const { span, inner } = open(name, options);
  const iterator = context.with(inner, () => run(span)[Symbol.asyncIterator]());
  let isFinished = false;
  try {
    while (true) {
      // A generator's body runs in the context of whoever asks for its next value.
      const next = await context.with(inner, () => iterator.next());
      if (next.done === true) break;
      yield next.value;
    }
    isFinished = true;
  } catch (error) {
    isFinished = true;
    span.setAttribute("rpc.response.status_code", statusName(error));
    if (isFault(error)) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    if (!isFinished) await context.with(inner, () => iterator.return?.());
    span.end();
  }
}

function open(name: string, { kind, attributes, parent, service }: SpanOptions): { span: Span; inner: Context } {
  const from = parent === undefined ? context.active() : extractTrace(context.active(), parent);
  const isServed = kind === "server" || kind === "consumer";
  const served = isServed ? from.setValue(operationKey, operationBelow(from, name)) : from;
  const outer = service === undefined ? served : served.setValue(serviceKey, service);
  const span = trace
    .getTracer("shopmesh")
    .startSpan(name, { kind: kinds[kind ?? "internal"], ...(attributes === undefined ? {} : { attributes }) }, outer);
  return { span, inner: trace.setSpan(outer, span) };
}

// What a saga asks of a service in its own process is the saga's: two sagas ask the same things for different reasons.
function operationBelow(outer: Context, name: string): string {
  const operation = outer.getValue(operationKey);
  return typeof operation === "string" && operation.startsWith("saga ") ? `${operation} > ${name}` : name;
}

function settle<T>(span: Span, value: T): T {
  span.end();
  return value;
}

function fail(span: Span, error: unknown): unknown {
  if (span.isRecording()) {
    span.setAttribute("rpc.response.status_code", statusName(error));
    // A refusal is an answer; only what somebody must look at is an error.
    if (isFault(error)) span.setStatus({ code: SpanStatusCode.ERROR, message: statusName(error) });
  }
  span.end();
  return error;
}

function serverOptions(method: DescMethod, headers: RequestHeaders, service: string): SpanOptions {
  return { kind: "server", attributes: attributesOf(method), parent: headers, service };
}

function clientOptions(method: DescMethod, service: string | undefined): SpanOptions {
  return { kind: "client", attributes: attributesOf(method), ...(service === undefined ? {} : { service }) };
}

const attributesByMethod = new WeakMap<DescMethod, Attributes>();

function attributesOf(method: DescMethod): Attributes {
  const known = attributesByMethod.get(method);
  if (known !== undefined) return known;
  const made = {
    "rpc.system": "grpc",
    "rpc.service": method.parent.typeName,
    "rpc.method": method.name,
  };
  attributesByMethod.set(method, made);
  return made;
}

function nameOf(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** The noun of "shop.<noun>.v1.XService". */
function serviceOf(method: DescMethod): string {
  return method.parent.typeName.split(".")[1] ?? "";
}
