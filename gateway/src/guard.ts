import { DomainError } from "@shopmesh/kernel";
import {
  errorJsonOf,
  headerOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  httpStatusOf,
  sendHead,
  statusOf,
} from "@shopmesh/mesh";
import { SESSION_COOKIE } from "./credentials.ts";

/** Whose pages may use the shop, and how they reach it. */
export type GuardOptions = {
  /** Where browsers reach the shop: "https://shop.example.com". */
  readonly publicUrl: string;
  /** Other origins whose pages may call it, credentials included. */
  readonly corsOrigins: ReadonlySet<string>;
};

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const PREFLIGHT_MAX_AGE_S = 7_200;

const allowedHeaders = [
  "authorization",
  "content-type",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-accept-encoding",
  "connect-content-encoding",
  "grpc-timeout",
  "if-none-match",
  "traceparent",
  "tracestate",
  "x-grpc-web",
  "x-request-id",
  "x-user-agent",
].join(", ");

const exposedHeaders = [
  "etag",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "x-request-id",
].join(", ");

/**
 * Keeps pages of other sites out: what changes something must come from the shop's own pages or those of a listed
 * origin, a session's cookie needs that proof in any case; only listed origins may read answers. And tells browsers
 * what they must not do with an answer.
 */
export function guard(handler: HttpHandler, { publicUrl, corsOrigins }: GuardOptions): HttpHandler {
  const ownOrigin = new URL(publicUrl).origin;
  const isSecure = ownOrigin.startsWith("https:");
  return (request, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("cross-origin-resource-policy", "same-origin");
    if (isSecure) response.setHeader("strict-transport-security", "max-age=31536000; includeSubDomains");
    if (corsOrigins.size > 0) response.setHeader("vary", "origin");
    const origin = headerOf(request, "origin");
    const isListed = origin !== undefined && corsOrigins.has(origin);
    if (isListed) share(response, origin);
    if (isPreflight(request)) return answerPreflight(response, isListed);
    const isOwn = origin !== undefined && (origin === ownOrigin || hostOf(origin) === hostAsked(request));
    if (isForged(request, isOwn || isListed)) return refuse(response, origin);
    handler(request, response);
  };
}

/** Lets the pages of `origin` read the answer. */
function share(response: HttpResponse, origin: string): void {
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
  response.setHeader("access-control-expose-headers", exposedHeaders);
}

function isPreflight(request: HttpRequest): boolean {
  return request.method === "OPTIONS" && headerOf(request, "access-control-request-method") !== undefined;
}

function answerPreflight(response: HttpResponse, isListed: boolean): void {
  if (!isListed) return refuse(response, undefined);
  sendHead(response, 204, {
    "access-control-allow-methods": "GET, HEAD, POST, PUT",
    "access-control-allow-headers": allowedHeaders,
    "access-control-max-age": String(PREFLIGHT_MAX_AGE_S),
  });
  response.end();
}

/**
 * Whether another site's page may be behind a request that changes something. Browsers say whose page it is; who says
 * nothing is a program, unless it shows a cookie: only browsers keep these.
 */
function isForged(request: HttpRequest, isTrustedOrigin: boolean): boolean {
  if (SAFE_METHODS.has(request.method ?? "GET")) return false;
  if (headerOf(request, "origin") !== undefined) return !isTrustedOrigin;
  const site = headerOf(request, "sec-fetch-site");
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return isCookieBorne(request);
}

function isCookieBorne(request: HttpRequest): boolean {
  const hasSession = headerOf(request, "cookie")?.includes(`${SESSION_COOKIE}=`) === true;
  return hasSession && headerOf(request, "authorization") === undefined;
}

function refuse(response: HttpResponse, origin: string | undefined): void {
  const status = statusOf(
    new DomainError("denied", "ORIGIN_NOT_ALLOWED", origin === undefined ? {} : { origin: origin.slice(0, 256) }, {
      message: "this origin may not call the shop: list it in CORS_ORIGINS, or use a bearer token instead of a cookie",
    }),
  );
  sendHead(response, httpStatusOf(status), { "content-type": "application/json" });
  response.end(JSON.stringify(errorJsonOf(status)));
}

function hostOf(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}

function hostAsked(request: HttpRequest): string | undefined {
  return headerOf(request, ":authority") ?? headerOf(request, "host");
}
