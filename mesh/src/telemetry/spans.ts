import type { DescMethod } from "@bufbuild/protobuf";
import {
  type SpanOptions as ApiSpanOptions,
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { RequestHeaders, ResponseHeaders } from "../call.ts";
import { beginSpan, type LiveSpan, type Parent, type SpanSink } from "./live-span.ts";
import { activeScope, foreignParent, makeScope, rootScope, runIn, type Scope, scopeOf } from "./scope.ts";
import { isFault, statusName } from "./status.ts";
import { readTrace, writeTrace } from "./trace-context.ts";

/** What a span of one's own is. */
export type SpanOptions = {
  readonly kind?: "internal" | "producer" | "consumer" | "client" | "server";
  readonly attributes?: Attributes;
  /** Attributes that are the same object for every span of the sort: encoded once. */
  readonly fixed?: Attributes;
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

/** Whoever takes the spans of this process; nobody before telemetry was started. */
const nobody: SpanSink = { isSampled: () => false, ended: () => undefined };
let sink = nobody;

/** From now on spans go to `next`; nowhere for undefined. */
export function sendSpansTo(next: SpanSink | undefined): void {
  sink = next ?? nobody;
}

/** Runs `run` in a span named `name`, ended when the promise settles; a throw is recorded and passes. */
export async function withSpan<T>(name: string, options: SpanOptions, run: (span: Span) => Promise<T>): Promise<T> {
  const inner = open(name, options);
  try {
    const value = await runIn(inner, run, inner.span);
    inner.span.end();
    return value;
  } catch (error) {
    throw fail(inner.span, error);
  }
}

/** A span of something that the active one waits for and that has none below; undefined where nothing is recorded. */
export function beginLeaf(name: string, kind: SpanKind, fixed: Attributes): Span | undefined {
  const { span, service } = activeScope();
  return span?.isRecording() === true ? beginSpan({ name, kind, service, parent: span, fixed }, sink) : undefined;
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
  const parent = parentIn(activeScope());
  if (parent !== undefined) writeTrace(parent, headers);
}

/** The active trace's id, 32 hex digits; empty for none. */
export function activeTraceId(): string {
  return parentIn(activeScope())?.traceId ?? "";
}

/** The active span as a line of a log names it; undefined for none. */
export function activeSpanIds(): { readonly traceId: string; readonly spanId: string } | undefined {
  return parentIn(activeScope());
}

/** The method, consumer or saga in whose work this is; empty for a background loop. */
export function activeOperation(): string {
  return activeScope().operation;
}

/** Runs `run` as the work of `operation`: its statements are counted there, not where it was started from. */
export function withOperation<T>(operation: string, run: () => T): T {
  const { span, service, others } = activeScope();
  return runIn(makeScope(span, service, operation, others), run);
}

/** Runs `run` outside any trace: a background loop must not become part of the call that started it. */
export function withoutTrace<T>(run: () => T): T {
  return runIn(rootScope, run);
}

/** The same spans for whoever asks OpenTelemetry's own API. */
export const tracer: Tracer = {
  startSpan(name, options = {}, context: Context = activeScope()) {
    const scope = scopeOf(context);
    const { kind = SpanKind.INTERNAL, attributes, links, startTime, root } = options;
    const parent = root === true ? undefined : parentIn(scope);
    return beginSpan({ name, kind, service: scope.service, parent, attributes, links, startTime }, sink);
  },
  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...given: readonly unknown[]): ReturnType<F> {
    // Three shapes: (run), (options, run), (options, context, run).
    const run = given.at(-1) as F;
    const options = (given.length > 1 ? given[0] : {}) as ApiSpanOptions;
    const context = (given.length > 2 ? given[1] : activeScope()) as Context;
    const span = tracer.startSpan(name, options, context);
    return runIn(scopeOf(trace.setSpan(context, span)), run, span) as ReturnType<F>;
  },
};

async function* streamInSpan<T>(
  name: string,
  options: SpanOptions,
  run: (span: Span) => AsyncIterable<T>,
): AsyncIterable<T> {
  const inner = open(name, options);
  const { span } = inner;
  const iterator = runIn(inner, () => run(span)[Symbol.asyncIterator]());
  let isFinished = false;
  try {
    while (true) {
      // A generator's body runs in the context of whoever asks for its next value.
      const next = await runIn(inner, () => iterator.next());
      if (next.done === true) break;
      yield next.value;
    }
    isFinished = true;
  } catch (error) {
    isFinished = true;
    note(span, error);
    throw error;
  } finally {
    if (!isFinished) await runIn(inner, () => iterator.return?.());
    span.end();
  }
}

function open(name: string, options: SpanOptions): Scope & { readonly span: LiveSpan } {
  const { kind = "internal", attributes, fixed, parent } = options;
  const outer = activeScope();
  const service = options.service ?? outer.service;
  const above = (parent === undefined ? undefined : readTrace(parent)) ?? parentIn(outer);
  const span = beginSpan({ name, kind: kinds[kind], service, parent: above, attributes, fixed }, sink);
  const isServed = kind === "server" || kind === "consumer";
  // With its span: makeScope is told one.
  return makeScope(span, service, isServed ? operationBelow(outer, name) : outer.operation, outer.others) as Scope & {
    readonly span: LiveSpan;
  };
}

function parentIn(scope: Scope): Parent | undefined {
  return scope.span ?? foreignParent(scope);
}

// What a saga asks of a service in its own process is the saga's: two sagas ask the same things for different reasons.
function operationBelow({ operation }: Scope, name: string): string {
  return operation.startsWith("saga ") ? `${operation} > ${name}` : name;
}

function fail(span: Span, error: unknown): unknown {
  note(span, error);
  span.end();
  return error;
}

function note(span: Span, error: unknown): void {
  const status = statusName(error);
  span.setAttribute("rpc.response.status_code", status);
  // A refusal is an answer; only what somebody must look at is an error.
  if (isFault(error)) span.setStatus({ code: SpanStatusCode.ERROR, message: status });
}

function serverOptions(method: DescMethod, headers: RequestHeaders, service: string): SpanOptions {
  return { kind: "server", fixed: wordsOf(method).attributes, parent: headers, service };
}

function clientOptions(method: DescMethod, service: string | undefined): SpanOptions {
  const { attributes: fixed } = wordsOf(method);
  return service === undefined ? { kind: "client", fixed } : { kind: "client", fixed, service };
}

type Words = { readonly name: string; readonly attributes: Attributes };
const wordsByMethod = new WeakMap<DescMethod, Words>();

function wordsOf(method: DescMethod): Words {
  const known = wordsByMethod.get(method);
  if (known !== undefined) return known;
  const { typeName } = method.parent;
  const attributes = { "rpc.system": "grpc", "rpc.service": typeName, "rpc.method": method.name };
  const words = { name: `${typeName}/${method.name}`, attributes };
  wordsByMethod.set(method, words);
  return words;
}

function nameOf(method: DescMethod): string {
  return wordsOf(method).name;
}

/** The noun of "shop.<noun>.v1.XService". */
function serviceOf(method: DescMethod): string {
  return method.parent.typeName.split(".")[1] ?? "";
}
