import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/** A span as a collector was sent it. */
export type SentSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** OTLP's: 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startMs: number;
  readonly endMs: number;
  /** 2 is an error. */
  readonly statusCode: number;
  readonly service: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly eventNames: readonly string[];
};

/** A collector on a free port that keeps what it is sent by OTLP in protobuf; `refuse` answers so many requests with 503 first. */
export async function collector({ refuse = 0 } = {}) {
  const spans: SentSpan[] = [];
  const bodies: Buffer[] = [];
  let left = refuse;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    if (left-- > 0) return void response.writeHead(503).end();
    bodies.push(body);
    spans.push(...readRequest(body));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, spans, bodies, close: () => void server.close() };
}

type Fields = ReadonlyMap<number, readonly (Uint8Array | number | bigint)[]>;

function readRequest(body: Uint8Array): SentSpan[] {
  return messages(fieldsOf(body), 1).flatMap((group) => {
    const [resource = new Map() as Fields] = messages(group, 1);
    const service = String(attributesOf(resource, 1)["service.name"]);
    return messages(group, 2).flatMap((scope) => messages(scope, 2).map((span) => readSpan(span, service)));
  });
}

function readSpan(span: Fields, service: string): SentSpan {
  const [status = new Map() as Fields] = messages(span, 15);
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    kind: Number(span.get(6)?.[0]),
    startMs: Number(span.get(7)?.[0]) / 1e6,
    endMs: Number(span.get(8)?.[0]) / 1e6,
    statusCode: Number(status.get(3)?.[0] ?? 0),
    service,
    attributes: attributesOf(span, 9),
    eventNames: messages(span, 11).map((event) => text(event, 2)),
  };
}

function attributesOf(message: Fields, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(message, field).map((pair) => [text(pair, 1), valueOf(messages(pair, 2)[0] ?? new Map())]),
  );
}

function valueOf(value: Fields): unknown {
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return value.get(2)?.[0] === 1n;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  if (value.has(4)) return new Float64Array(new BigUint64Array([BigInt(value.get(4)?.[0] as bigint)]).buffer)[0];
  return messages(messages(value, 5)[0] ?? new Map(), 1).map(valueOf);
}

function messages(message: Fields, field: number): Fields[] {
  return (message.get(field) ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
}

function text(message: Fields, field: number): string {
  return Buffer.from((message.get(field)?.[0] ?? new Uint8Array()) as Uint8Array).toString("utf8");
}

function hex(message: Fields, field: number): string {
  return Buffer.from((message.get(field)?.[0] ?? new Uint8Array()) as Uint8Array).toString("hex");
}

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (Uint8Array | number | bigint)[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const value =
      type === WireType.LengthDelimited
        ? reader.bytes()
        : type === WireType.Bit64
          ? BigInt(reader.fixed64())
          : BigInt(reader.uint64());
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}
