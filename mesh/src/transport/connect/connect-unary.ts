import { hash } from "node:crypto";
import { queryMalformed } from "../refusals.ts";
import { readBody } from "./body.ts";
import { compressFor, decompress, encodingOf } from "./compression.ts";
import { errorJsonOf, httpStatusOf } from "./error-json.ts";
import { headerOf } from "./http.ts";
import { sendEnd, sendHead } from "./send.ts";
import { connectTimeoutMs } from "./timeout.ts";
import type { Wire, WireCall } from "./wire.ts";

const nothing = new Uint8Array();

/** Connect's unary calls by POST: the body is the message. */
export function connectPost(call: WireCall, isBinary: boolean): Wire {
  const { request, limits } = call;
  return unary(call, isBinary, async () => {
    const encoding = encodingOf(headerOf(request, "content-encoding"));
    const body = await readBody(request, { maxBytes: limits.maxMessageBytes, timeoutMs: limits.bodyTimeoutMs });
    return encoding === undefined ? body : decompress(body, encoding, limits.maxMessageBytes);
  });
}

/** Connect's unary calls by GET or HEAD: the query is the message; the answer can be kept and asked for again. Throws QUERY_MALFORMED. */
export function connectGet(call: WireCall, query: URLSearchParams): Wire {
  const named = query.get("encoding");
  if (named !== "json" && named !== "proto") throw queryMalformed("encoding", "json or proto");
  const isBinary = named === "proto";
  return unary(call, isBinary, async () => {
    const message = query.get("message") ?? "";
    const encoding = encodingOf(query.get("compression"));
    const bytes = query.get("base64") === "1" ? decodeBase64(message) : Buffer.from(message);
    return encoding === undefined ? bytes : decompress(bytes, encoding, call.limits.maxMessageBytes);
  });
}

function unary(call: WireCall, isBinary: boolean, readOne: Wire["readOne"]): Wire {
  const { request, response, headers, limits } = call;
  let answer: Uint8Array = nothing;
  const finish = async (status: number, body: Uint8Array): Promise<void> => {
    const compressed = await compressFor(headerOf(request, "accept-encoding"), body);
    const sent = compressed ?? body;
    sendHead(response, status, {
      ...headers,
      "content-length": sent.length,
      ...(compressed === undefined ? {} : { "content-encoding": "gzip" }),
    });
    await sendEnd(response, sent, limits.stallMs);
  };
  return {
    isBinary,
    timeoutMs: () => connectTimeoutMs(headerOf(request, "connect-timeout-ms")),
    readOne,
    async *readMany() {
      yield await readOne();
    },
    send(message) {
      answer = message;
      return Promise.resolve();
    },
    async end(failure) {
      if (failure !== undefined) {
        headers["content-type"] = "application/json";
        headers["cache-control"] = "no-store";
        return finish(httpStatusOf(failure), Buffer.from(JSON.stringify(errorJsonOf(failure))));
      }
      headers["content-type"] = isBinary ? "application/proto" : "application/json";
      if (request.method !== "POST" && isKnownAlready(call, answer)) {
        sendHead(response, 304, headers);
        return sendEnd(response, undefined, limits.stallMs);
      }
      return finish(200, answer);
    },
  };
}

/**
 * Says how long the answer may be kept and what names it; whether the client has it already. Only what a stranger was
 * told may be kept by others: an answer to somebody may be theirs alone.
 */
function isKnownAlready({ isPublic, maxAgeS, request, headers }: WireCall, answer: Uint8Array): boolean {
  if (!isPublic) return false;
  const isStranger = headerOf(request, "authorization") === undefined && headerOf(request, "cookie") === undefined;
  const etag = `W/"${hash("sha1", answer, "base64url")}"`;
  headers["etag"] = etag;
  headers["vary"] = "origin, authorization, cookie, accept-encoding";
  headers["cache-control"] = isStranger ? strangersCache(maxAgeS) : "private, no-cache";
  const known = headerOf(request, "if-none-match");
  return known !== undefined && known.split(",").some((tag) => tag.trim() === etag || tag.trim() === "*");
}

function strangersCache(maxAgeS: number): string {
  return maxAgeS > 0 ? `public, max-age=${maxAgeS}` : "no-cache";
}

function decodeBase64(text: string): Buffer {
  if (!/^[\w+/-]*={0,2}$/.test(text)) throw queryMalformed("message", "base64, as base64=1 says");
  return Buffer.from(text, "base64");
}
