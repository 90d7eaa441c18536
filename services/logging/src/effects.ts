import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Effect, Log } from "@shopmesh/mesh";
import { type Reading, readLogs, readTraces } from "./otlp.ts";
import type { LogLine, Span } from "./span.ts";

/** The most that one export may hold, packed and unpacked. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** What the receiver needs of the world, and what it does with what comes. */
export type ReceiverOptions = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  readonly onSpans: (spans: readonly Span[]) => void;
  readonly onLogLines: (lines: readonly LogLine[]) => void;
};

/** An OTLP receiver; `port` is the one it listens on, 0 while it does not. */
export type Receiver = Effect & { readonly port: () => number };

/** What a request is answered with: a status, and why when it is refused. */
type Answer = { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> };

const unzip = promisify(gunzip);

/** Receives OTLP over HTTP as JSON: POST /v1/traces and /v1/logs, gzip or plain. Nothing is listening before `start`. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const routes: Readonly<Record<string, (request: unknown) => Answer>> = {
    "/v1/traces": (request) => take(readTraces(request), options.onSpans, "rejectedSpans"),
    "/v1/logs": (request) => take(readLogs(request), options.onLogLines, "rejectedLogRecords"),
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    answer(request, routes).then(
      (result) => {
        // What a refused sender still writes is read and thrown away, so that it comes to read the answer.
        request.resume();
        send(response, result);
      },
      (error: unknown) => {
        // The sender went away in the middle; it has the spans still and sends them again.
        if (request.destroyed && !request.complete) return;
        options.log.error("otlp request failed", { path: request.url ?? "" }, error);
        send(response, refusal(500, 13, "internal error"));
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

function take<T>(reading: Reading<T>, keep: (items: readonly T[]) => void, countName: string): Answer {
  keep(reading.items);
  if (reading.rejectedCount === 0) return { status: 200, body: {} };
  const errorMessage = "entries without a proper id, name or time were left out";
  return { status: 200, body: { partialSuccess: { [countName]: String(reading.rejectedCount), errorMessage } } };
}

async function answer(
  request: IncomingMessage,
  routes: Readonly<Record<string, (request: unknown) => Answer>>,
): Promise<Answer> {
  const path = URL.parse(request.url ?? "", "http://localhost")?.pathname ?? "";
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return refusal(404, 5, `no such path: ${path}; try ${Object.keys(routes).join(", ")}`);
  if (request.method !== "POST")
    return { ...refusal(405, 12, "only POST is answered here"), headers: { allow: "POST" } };
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json") {
    return refusal(415, 3, `content type "${type}" is not read; send OTLP as application/json`);
  }
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "gzip" && encoding !== "identity") {
    return refusal(415, 3, `content encoding "${encoding}" is not read; send gzip or none`);
  }
  const packed = await readBody(request);
  if (packed === undefined) return refusal(413, 8, `more than ${MAX_BODY_BYTES} bytes`);
  const body = encoding === "gzip" ? await unpack(packed) : packed;
  if (!Buffer.isBuffer(body)) return body;
  const parsed = parse(body);
  return parsed.isJson ? route(parsed.value) : refusal(400, 3, "the body is not JSON");
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

function parse(body: Buffer): { readonly isJson: true; readonly value: unknown } | { readonly isJson: false } {
  try {
    return { isJson: true, value: JSON.parse(body.toString("utf8")) };
  } catch (error) {
    if (error instanceof SyntaxError) return { isJson: false };
    throw error;
  }
}

/** OTLP's error body is a google.rpc.Status; `code` is the gRPC code. */
function refusal(status: number, code: number, message: string): Answer {
  return { status, body: { code, message } };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
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
