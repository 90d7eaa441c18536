import type { Attributes, LogLine, Span, SpanEvent, SpanKind, SpanLink } from "./span.ts";

/** What an export request held: what could be read, and how many entries could not. */
export type Reading<T> = { readonly items: readonly T[]; readonly rejectedCount: number };

/** A sender's mistake must not fill the memory: what is over these is cut off. */
export const limits = { attributes: 64, events: 32, links: 32, textLength: 2_048, depth: 8 } as const;

/** Whose spans they are. */
export type Resource = { readonly service: string; readonly region: string };

const KINDS: readonly SpanKind[] = ["internal", "internal", "server", "client", "producer", "consumer"];

/**
 * The spans of an OTLP/HTTP JSON ExportTraceServiceRequest. Unknown fields are passed over, 64-bit numbers may be
 * text or numbers, enums numbers or names; a span without proper ids, name or start is rejected by itself.
 */
export function readTraces(request: unknown): Reading<Span> {
  return collect(request, "resourceSpans", "scopeSpans", "spans", readSpan);
}

/** The log lines of an OTLP/HTTP JSON ExportLogsServiceRequest, as tolerantly. */
export function readLogs(request: unknown): Reading<LogLine> {
  return collect(request, "resourceLogs", "scopeLogs", "logRecords", readLogLine);
}

type Fields = Readonly<Record<string, unknown>>;
function collect<T>(
  request: unknown,
  ofResources: string,
  ofScopes: string,
  ofItems: string,
  read: (item: Fields, resource: Resource) => T | undefined,
): Reading<T> {
  const items: T[] = [];
  let rejectedCount = 0;
  for (const group of listOf(fieldsOf(request)[ofResources])) {
    const resource = readResource(fieldsOf(group));
    for (const scope of listOf(fieldsOf(group)[ofScopes])) {
      for (const entry of listOf(fieldsOf(scope)[ofItems])) {
        const item = read(fieldsOf(entry), resource);
        if (item === undefined) rejectedCount++;
        else items.push(item);
      }
    }
  }
  return { items, rejectedCount };
}

function readResource(group: Fields): Resource {
  const attributes = readAttributes(fieldsOf(group["resource"])["attributes"]);
  return {
    service: attributes["service.name"] ?? "unknown",
    region: attributes["cloud.region"] ?? "",
  };
}

function readSpan(fields: Fields, resource: Resource): Span | undefined {
  const traceId = readId(fields["traceId"], 32);
  const spanId = readId(fields["spanId"], 16);
  const startUs = readTimeUs(fields["startTimeUnixNano"]);
  const name = readText(fields["name"]);
  if (traceId === "" || spanId === "" || startUs === undefined || name === "") return undefined;
  const endUs = readTimeUs(fields["endTimeUnixNano"]) ?? startUs;
  const status = fieldsOf(fields["status"]);
  return {
    traceId,
    spanId,
    parentSpanId: readId(fields["parentSpanId"], 16),
    ...resource,
    name,
    kind: readKind(fields["kind"]),
    startUs,
    durationUs: Math.max(0, endUs - startUs),
    isError: status["code"] === 2 || status["code"] === "STATUS_CODE_ERROR",
    statusMessage: readText(status["message"]),
    attributes: readAttributes(fields["attributes"]),
    events: listOf(fields["events"]).slice(0, limits.events).map(readEvent),
    links: listOf(fields["links"])
      .slice(0, limits.links)
      .map(readLink)
      .filter((link) => link.traceId !== ""),
  };
}

function readEvent(value: unknown): SpanEvent {
  const fields = fieldsOf(value);
  return {
    timeUs: readTimeUs(fields["timeUnixNano"]) ?? 0,
    name: readText(fields["name"]),
    attributes: readAttributes(fields["attributes"]),
  };
}

function readLink(value: unknown): SpanLink {
  const fields = fieldsOf(value);
  return {
    traceId: readId(fields["traceId"], 32),
    spanId: readId(fields["spanId"], 16),
    attributes: readAttributes(fields["attributes"]),
  };
}

function readLogLine(fields: Fields, resource: Resource): LogLine | undefined {
  const timeUs = readTimeUs(fields["timeUnixNano"]) ?? readTimeUs(fields["observedTimeUnixNano"]);
  if (timeUs === undefined) return undefined;
  return {
    timeUs,
    service: resource.service,
    level: readLevel(fields),
    message: readValue(fields["body"]),
    traceId: readId(fields["traceId"], 32),
    spanId: readId(fields["spanId"], 16),
    attributes: readAttributes(fields["attributes"]),
  };
}

function readLevel(fields: Fields): string {
  const words = readText(fields["severityText"]).toLowerCase();
  if (words !== "") return words;
  const severity = Number(fields["severityNumber"] ?? 0);
  if (severity >= 21) return "fatal";
  if (severity >= 17) return "error";
  if (severity >= 13) return "warn";
  if (severity >= 9) return "info";
  return severity >= 5 ? "debug" : "trace";
}

function readKind(value: unknown): SpanKind {
  if (typeof value === "number") return KINDS[value] ?? "internal";
  const name = readText(value).replace("SPAN_KIND_", "").toLowerCase();
  return KINDS.find((kind) => kind === name) ?? "internal";
}

/** An id in lower-case hex; empty where it is missing, malformed or all zeros. */
function readId(value: unknown, length: number): string {
  const id = typeof value === "string" ? value.toLowerCase() : "";
  return id.length === length && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id) ? id : "";
}

function readTimeUs(value: unknown): number | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  if (!/^\d{1,20}$/.test(String(value))) return undefined;
  const timeUs = Number(BigInt(value) / 1000n);
  return timeUs > 0 ? timeUs : undefined;
}

function readAttributes(value: unknown): Attributes {
  const pairs = listOf(value)
    .slice(0, limits.attributes)
    .map((pair) => fieldsOf(pair))
    .map((pair): [string, string] => [readText(pair["key"]), readValue(pair["value"])])
    .filter(([key]) => key !== "");
  return Object.fromEntries(pairs);
}

/** An OTLP AnyValue as text; lists and maps as JSON. */
function readValue(value: unknown): string {
  const [content] = Object.values(fieldsOf(value));
  if (content === undefined || content === null) return "";
  return readText(typeof content === "string" ? content : JSON.stringify(content));
}

function readText(value: unknown): string {
  return typeof value === "string" ? value.slice(0, limits.textLength) : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields {
  // Any object may be read by name: what is not there is undefined.
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
