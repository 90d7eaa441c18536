import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request over HTTP/1.1 or HTTP/2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** Its answer. */
export type HttpResponse = ServerResponse | Http2ServerResponse;
/** Answers a request over HTTP/1.1 or HTTP/2. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/** What a body may cost. */
export type BodyLimits = {
  readonly maxBytes: number;
  /** From the call of the reader to the body's last byte. */
  readonly timeoutMs: number;
};

/** A header that comes once; where it came more than once, what Node makes of that. */
export function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/** What a request asks for. */
export type Target = {
  /** As it was sent, of `/a/b?c` the `/a/b`. */
  readonly path: string;
  /** What stands behind the first `?`; empty for nothing. */
  readonly query: string;
};

const SERVER_OF_ABSOLUTE_FORM = /^https?:\/\/[^/?]*/i;

/**
 * A request's target. Nothing in it is resolved or decoded, no `..` either: whoever is judged by a path is answered by the
 * same. Of the form that names the server, too, the path alone counts.
 */
export function requestTargetOf({ url = "" }: Pick<HttpRequest, "url">): Target {
  const target = url.startsWith("/") ? url : url.replace(SERVER_OF_ABSOLUTE_FORM, "");
  const end = target.indexOf("?");
  return end < 0 ? { path: target, query: "" } : { path: target.slice(0, end), query: target.slice(end + 1) };
}
