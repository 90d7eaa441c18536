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
