import type { Log, Storage } from "@shopmesh/mesh";
import { type Dispatch, headerNames } from "@shopmesh/mesh";
import { DomainError } from "@shopmesh/kernel";
import { type EdgeRoute, json } from "./edge.ts";
import type { Webhooks } from "./webhooks.ts";

const WEBHOOK_MAX_BYTES = 1024 * 1024;
const WEBHOOK_DEADLINE_MS = 10_000;
const MEDIA_MAX_AGE_S = 31_536_000;

/** `/healthz` touches nothing; `/readyz` says whether the mesh behind answers. */
export function healthRoute(isReady: () => Promise<{ ready: boolean; parts: object }>): EdgeRoute {
  return ({ method, path }) => {
    if (method !== "GET") return undefined;
    if (path === "/healthz") return Promise.resolve(json(200, { healthy: true }));
    if (path === "/readyz") return isReady().then((state) => json(state.ready ? 200 : 503, state));
    return undefined;
  };
}

/** `POST /webhooks/<name>`: the raw body and headers, to the method that declares the name; 2xx only once it has answered. */
export function webhookRoute(webhooks: Webhooks, dispatch: Dispatch, log: Log): EdgeRoute {
  return ({ method, path, query, headers, signal, body }) => {
    if (!path.startsWith("/webhooks/")) return undefined;
    return (async () => {
      const name = path.slice("/webhooks/".length);
      const webhook = webhooks(name);
      if (webhook === undefined || method !== "POST")
        throw new DomainError("not-found", "WEBHOOK_UNKNOWN", { name, method });
      const {
        [headerNames.actor]: _actor,
        [headerNames.clientAddress]: _address,
        cookie: _cookie,
        ...passed
      } = headers;
      await dispatch(webhook.method, {
        request: webhook.request(await body(WEBHOOK_MAX_BYTES), { ...passed, "webhook-query": query.toString() }),
        headers: {
          get: (header) => (header === headerNames.actor || header === "cookie" ? undefined : headers[header]),
        },
        responseHeaders: { set: () => undefined },
        signal,
        deadlineMs: Date.now() + WEBHOOK_DEADLINE_MS,
      });
      log.debug("a webhook was taken", { name });
      return json(200, { received: true });
    })();
  };
}

/** `GET /media/<key>` shows an object for ever; `PUT /media/uploads/<key>?…` takes one that was signed for. */
export function mediaRoute(storage: Storage): EdgeRoute {
  return (request) => {
    if (!request.path.startsWith("/media/")) return undefined;
    return request.method === "PUT" ? takeUpload() : showObject();

    async function takeUpload() {
      const { key, contentType, maxBytes } = storage.verifyUpload(request.path, request.query);
      if (request.headers["content-type"] !== contentType) {
        throw new DomainError("invalid", "CONTENT_TYPE_MISMATCH", { expected: contentType });
      }
      await storage.put(key, await request.body(maxBytes), contentType);
      return json(200, { key });
    }

    async function showObject() {
      if (request.method !== "GET" && request.method !== "HEAD") {
        throw new DomainError("unimplemented", "METHOD_NOT_ALLOWED", { method: request.method });
      }
      // Nothing in a key is ever escaped.
      const key = request.path.slice("/media/".length);
      const found = await storage.get(key);
      if (found === undefined) throw new DomainError("not-found", "MEDIA_NOT_FOUND", { key });
      return {
        status: 200,
        headers: {
          "content-type": found.contentType,
          "cache-control": `public, max-age=${MEDIA_MAX_AGE_S}, immutable`,
          "cross-origin-resource-policy": "cross-origin",
          // A drawing may hold script: it is shown, never run.
          "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
        body: found.bytes,
      };
    }
  };
}
