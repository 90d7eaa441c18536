import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Effect, Log } from "@shopmesh/mesh";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { type Reading, readLogs, readTraces } from "./otlp.ts";
import { packTraces } from "./otlp-protobuf.ts";
import type { AnySpan, LogLine } from "./span.ts";

/** The most that one export may hold, packed and unpacked. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What the receiver needs of the world, and what it does with what comes. */
export type ReceiverOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  readonly onSpans: (spans: readonly AnySpan[]) => void;
  readonly onLogLines: (lines: readonly LogLine[]) => void;
};

/** An OTLP receiver; `port` is the one it listens on, 0 while it does not. */
export type Receiver = Effect & { readonly port: () => number };

/** What a request is answered with: a status, and why when it is refused or how much of it. */
type Answer = {
  readonly status: number;
  readonly refusal?: { readonly code: number; readonly message: string };
  readonly rejected?: { readonly name: string; readonly count: number };
  readonly headers?: Readonly<Record<string, string>>;
};

/** What is done with the bodies of one path, by their content type. */
type Route = Readonly<Record<string, (body: Buffer) => Answer>>;

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";

const unzip = promisify(gunzip);

/** Receives OTLP over HTTP: POST /v1/traces (protobuf or JSON) and /v1/logs (JSON), gzip or plain. Nothing is listening before `start`. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const routes: Readonly<Record<string, Route>> = {
    "/v1/traces": {
      [JSON_TYPE]: (body) => take(readTraces(parse(body)), options.onSpans, "rejectedSpans"),
      [PROTOBUF_TYPE]: (body) => take(packTraces(body), options.onSpans, "rejectedSpans"),
    },
    "/v1/logs": { [JSON_TYPE]: (body) => take(readLogs(parse(body)), options.onLogLines, "rejectedLogRecords") },
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    answer(request, routes).then(
      (result) => {
        // What a refused sender still writes is read and thrown away, so that it comes to read the answer.
        request.resume();
        send(response, result, typeOf(request));
      },
      (error: unknown) => {
        // The sender went away in the middle; it has the spans still and sends them again.
        if (request.destroyed && !request.complete) return;
        options.log.error("otlp request failed", { path: request.url ?? "" }, error);
        send(response, refusal(500, 13, "internal error"), typeOf(request));
      },
    );
  });
  return {
    name: "otlp receiver",
    port: () => portOf(server),
    start: () => listen(server, options),
    stop: () => close(server),
  };
}

function take<T>(reading: Reading<T>, keep: (items: readonly T[]) => void, name: string): Answer {
  keep(reading.items);
  return reading.rejectedCount === 0
    ? { status: 200 }
    : { status: 200, rejected: { name, count: reading.rejectedCount } };
}

async function answer(request: IncomingMessage, routes: Readonly<Record<string, Route>>): Promise<Answer> {
  const path = URL.parse(request.url ?? "", "http://localhost")?.pathname ?? "";
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return refusal(404, 5, `no such path: ${path}; try ${Object.keys(routes).join(", ")}`);
  if (request.method !== "POST")
    return { ...refusal(405, 12, "only POST is answered here"), headers: { allow: "POST" } };
  const type = typeOf(request);
  const takeBody = Object.hasOwn(route, type) ? route[type] : undefined;
  if (takeBody === undefined) {
    return refusal(415, 3, `content type "${type}" is not read; send OTLP as ${Object.keys(route).join(" or ")}`);
  }
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    return refusal(415, 3, `content encoding "${encoding}" is not read; send gzip or none`);
  }
  const packed = await readBody(request);
  if (packed === undefined) return refusal(413, 8, `more than ${MAX_BODY_BYTES} bytes`);
  const body = encoding === "gzip" ? await unpack(packed) : packed;
  if (!Buffer.isBuffer(body)) return body;
  try {
    return takeBody(body);
  } catch (error) {
    if (error instanceof SyntaxError) return refusal(400, 3, "the body is not JSON");
    if (error instanceof RangeError) return refusal(400, 3, "the body is not protobuf");
    throw error;
  }
}

function typeOf(request: IncomingMessage): string {
  return request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
}

/** The whole body, or undefined once it is too large; the rest is then not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  if (Number(request.headers["content-length"] ?? 0) > MAX_BODY_BYTES) return undefined;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function unpack(packed: Buffer): Promise<Buffer | Answer> {
  try {
    return await unzip(packed, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const isTooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) return refusal(413, 8, `more than ${MAX_BODY_BYTES} bytes unpacked`);
    return refusal(400, 3, "the body is not gzip");
  }
}

function parse(body: Buffer): unknown {
  return JSON.parse(body.toString("utf8"));
}

/** OTLP's error body is a google.rpc.Status; `code` is the gRPC code. */
function refusal(status: number, code: number, message: string): Answer {
  return { status, refusal: { code, message } };
}

const LEFT_OUT = "entries without a proper id, name or time were left out";

/** In the form of what was sent, as OTLP asks. */
function send(response: ServerResponse, answered: Answer, type: string): void {
  const isProtobuf = type === PROTOBUF_TYPE;
  response.writeHead(answered.status, { "content-type": isProtobuf ? PROTOBUF_TYPE : JSON_TYPE, ...answered.headers });
  response.end(isProtobuf ? binaryOf(answered) : JSON.stringify(jsonOf(answered)));
}

function jsonOf({ refusal: refused, rejected }: Answer): object {
  if (refused !== undefined) return refused;
  if (rejected === undefined) return {};
  return { partialSuccess: { [rejected.name]: String(rejected.count), errorMessage: LEFT_OUT } };
}

function binaryOf({ refusal: refused, rejected }: Answer): Uint8Array {
  if (refused !== undefined) return toBinary(StatusSchema, create(StatusSchema, refused));
  if (rejected === undefined) return new Uint8Array();
  // ExportTraceServiceResponse { partial_success = 1 { rejected_spans = 1, error_message = 2 } }
  const partial = new BinaryWriter().uint32(8).int64(rejected.count).uint32(18).string(LEFT_OUT).finish();
  return new BinaryWriter().uint32(10).bytes(partial).finish();
}

function listen(server: Server, { host, port }: ReceiverOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo | null;
  return address?.port ?? 0;
}
