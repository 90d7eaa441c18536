import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type DomainError, LeanSet } from "@shopmesh/kernel";
import type { Log } from "../../log.ts";
import { statusOf } from "../../status.ts";
import { headersTooLarge, httpMalformed, requestTimeout } from "../refusals.ts";
import { countConnections } from "./connections.ts";
import { detectProtocol } from "./detect.ts";
import { closeDoor, emptyQueue } from "./door.ts";
import { defaultEdgeLimits, type EdgeLimits } from "./edge-limits.ts";
import { errorJsonOf, httpStatusOf } from "./error-json.ts";
import type { HttpHandler, HttpResponse } from "./http.ts";
import { openHttp2 } from "./http2-door.ts";
import { createOffenders } from "./offenders.ts";
import { rawRefusal } from "./raw-refusal.ts";
import { sendHead } from "./send.ts";

/** One port that speaks HTTP/1.1 and HTTP/2 without TLS. */
export type EdgeServer = {
  readonly port: number;
  /** Takes no new connections, tells the open ones to leave, cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>;
};

/** Where to listen, and what for. */
export type EdgeOptions = {
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
  readonly log: Log;
  readonly limits?: Partial<EdgeLimits>;
  /** Addresses that speak for many clients: their connections are counted in all only. Default none. */
  readonly isProxy?: (address: string) => boolean;
};

/**
 * How long a connection that nobody uses may still bring a request when its door closes. HTTP/1.1 clients are told to count
 * on no more (`Keep-Alive`, RFC 9112 appendix C.2.2): what comes later than that to a closing door would be cut unanswered.
 */
const LEAVE_MS = 4_000;
const keepAlive = `timeout=${LEAVE_MS / 1_000}`;

/** Listens. Throws an Error that names the address where it cannot. */
export async function listenEdge(
  handler: HttpHandler,
  { host, port, log, ...options }: EdgeOptions,
): Promise<EdgeServer> {
  const limits = { ...defaultEdgeLimits, ...options.limits };
  const answering = new LeanSet<HttpResponse>();
  const state = { isDraining: false };
  const watched: HttpHandler = (request, response) => {
    answering.add(response);
    response.once("close", () => answering.delete(response));
    tellStay(response, state.isDraining);
    if (isTooMuch(request.rawHeaders, limits)) return refuseHeaders(response, limits);
    if (!("stream" in response)) return handler(request, response);
    // A request that its client resets in the same breath costs nothing more.
    setImmediate(() => {
      if (!response.stream.closed && !response.stream.destroyed) handler(request, response);
    });
  };
  const http1 = createHttp1(watched, limits, (socket) => [...answering].some((response) => response.socket === socket));
  const http2 = openHttp2(watched, limits, createOffenders(log, options.isProxy), () => state.isDraining);
  const undecided = new Set<Socket>();
  const connections = countConnections(limits, log, options.isProxy);
  // The HTTP/1.1 server listens, so that its own watch over slow requests runs; it is handed what is HTTP/1.1.
  const [serveHttp1] = http1.listeners("connection");
  http1.removeAllListeners("connection").on("connection", (socket: Socket) => {
    if (!connections.admit(socket)) return;
    undecided.add(socket);
    socket.once("close", () => undecided.delete(socket));
    detectProtocol(socket, limits.headersTimeoutMs, (isHttp2) => {
      undecided.delete(socket);
      if (!isHttp2) return serveHttp1?.call(http1, socket);
      http2.take(socket);
    });
  });
  await listen(http1, host, port);
  return {
    port: (http1.address() as AddressInfo).port,
    async stop(graceMs) {
      await emptyQueue(http1);
      state.isDraining = true;
      const closed = closeDoor(http1, undecided, Math.min(LEAVE_MS, graceMs));
      for (const session of http2.sessions) session.close();
      for (const response of answering) leaveAfter(response);
      const timer = setTimeout(() => connections.destroy(), graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function createHttp1(handler: HttpHandler, limits: EdgeLimits, isAnswering: (socket: Socket) => boolean): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.headersTimeoutMs),
      // Two different credentials are none; the first of the two would be a guess.
      joinDuplicateHeaders: true,
    },
    handler,
  );
  // One more than is allowed is seen and refused; what is beyond that Node leaves out.
  server.maxHeadersCount = limits.maxHeaders + 1;
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || isAnswering(socket)) return socket.destroy();
    const refusal = refusalOf(error.code, limits);
    socket.end(rawRefusal(refusal.httpStatus, statusOf(refusal.error)));
    return socket.destroySoon();
  });
  return server;
}

type Refusal = { readonly httpStatus: number; readonly error: DomainError };

/** What to tell of a request that never came to be. */
function refusalOf(code: string | undefined, limits: EdgeLimits): Refusal {
  if (code === "HPE_HEADER_OVERFLOW") {
    return { httpStatus: 431, error: headersTooLarge(limits) };
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return { httpStatus: 408, error: requestTimeout(limits.headersTimeoutMs) };
  }
  return { httpStatus: 400, error: httpMalformed(code ?? "unknown") };
}

/** HTTP/2 clients send what they like until they have read what was agreed. */
function isTooMuch(rawHeaders: readonly string[], { maxHeaders, maxHeaderBytes }: EdgeLimits): boolean {
  if (rawHeaders.length > 2 * maxHeaders) return true;
  let length = 0;
  for (const text of rawHeaders) length += text.length;
  return length > maxHeaderBytes;
}

function refuseHeaders(response: HttpResponse, limits: EdgeLimits): void {
  const status = statusOf(headersTooLarge(limits));
  sendHead(response, httpStatusOf(status), { "content-type": "application/json" });
  response.end(JSON.stringify(errorJsonOf(status)));
}

/** Tells an HTTP/1.1 client that this answer is its connection's last; an HTTP/2 one has been told by GOAWAY. */
function leaveAfter(response: HttpResponse): void {
  if ("stream" in response || response.headersSent) return;
  response.removeHeader("keep-alive");
  response.setHeader("connection", "close");
}

/** Tells an HTTP/1.1 client how long it may count on its connection; Node would name the whole idle time-out. */
function tellStay(response: HttpResponse, isDraining: boolean): void {
  if (isDraining) return leaveAfter(response);
  if ("stream" in response || !response.shouldKeepAlive) return;
  response.setHeader("connection", "keep-alive");
  response.setHeader("keep-alive", keepAlive);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
    server.listen(port, host, resolve);
  });
}
