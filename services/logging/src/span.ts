/** What is known about a span, an event, a link or a log line; every value as text. */
export type Attributes = Readonly<Record<string, string>>;

/** Which side of a call a span is. */
export type SpanKind = "internal" | "server" | "client" | "producer" | "consumer";

/** One moment of a span. */
export type SpanEvent = { readonly timeUs: number; readonly name: string; readonly attributes: Attributes };

/** A pointer to a span of another trace; ids in lower-case hex. */
export type SpanLink = { readonly traceId: string; readonly spanId: string; readonly attributes: Attributes };

/** One piece of work in one service. Times are epoch microseconds of real time, exact in a double until 2255. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly service: string;
  readonly region: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUs: number;
  readonly durationUs: number;
  readonly isError: boolean;
  readonly statusMessage: string;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
};

/** A span as it came, not read yet. */
export type PackedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly resource: { readonly service: string; readonly region: string };
  /** An opentelemetry.proto.trace.v1.Span. */
  readonly bytes: Buffer;
  /** The traces that its links name. */
  readonly linkedTo: readonly string[];
};

/** A span, read or not. */
export type AnySpan = Span | PackedSpan;

/** One line of a log; the ids are empty where it was written outside a trace. */
export type LogLine = {
  readonly timeUs: number;
  readonly service: string;
  /** "info", "warn", "error", … */
  readonly level: string;
  readonly message: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
};
