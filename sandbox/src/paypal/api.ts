import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Faults, withFaults } from "../faults.ts";
import { type Answer, json, type Reply, type Request, type Route } from "../http.ts";
import { issueToken, isTokenValid } from "../token.ts";
import { parseBody } from "./fields.ts";
import { findPayer, type Payer } from "./payers.ts";
import { errorReply, PayPalRefusal, refusalReply, refused } from "./refusal.ts";
import type { PayPalCall, PayPalWorld } from "./world.ts";

export type PayPalApi = {
  readonly world: PayPalWorld;
  readonly faults: Faults;
  readonly clientId: string;
  readonly clientSecret: string;
};

export type PayPalEndpoint = {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Its name for faults. */
  readonly name: string;
  readonly operation: (world: PayPalWorld, call: PayPalCall) => Outcome;
  /** Whether the payer's account may keep PayPal thinking, or from answering. */
  readonly isPayers?: boolean;
  readonly parse?: (request: Request) => PayPalCall["body"];
};

/** `view` shows what was made as it is now: asked again under the same key, PayPal answers how it stands. */
export type Outcome = {
  readonly status: number;
  readonly view: { readonly kind: "order" | "part" | "plain"; readonly id: string; readonly body?: object };
};

/** Shows what is called so. */
export type Show = (world: PayPalWorld, view: Outcome["view"], base: string) => object | undefined;

/** The endpoints as routes, with PayPal's token, request ids and error shape around each. */
export function payPalRoutes(api: PayPalApi, endpoints: readonly PayPalEndpoint[], show: Show): readonly Route[] {
  const running = new Set<string>();
  const routes = endpoints.map((endpoint) =>
    route(api, endpoint, (request) => answer(api, endpoint, request, { running, show })),
  );
  const token = { method: "POST", path: "/v1/oauth2/token", name: "token" } as const;
  return [...routes, route(api, token, (request) => answerToken(api, request))];
}

function route(
  api: PayPalApi,
  { method, path, name }: Pick<PayPalEndpoint, "method" | "path" | "name">,
  work: Answer,
): Route {
  const error = (status: number): Reply => errorReply(status, "INTERNAL_SERVER_ERROR");
  return {
    method,
    path,
    answer: withFaults(api.faults, { provider: "paypal", operation: name }, { answer: work, error }),
  };
}

type Around = { readonly running: Set<string>; readonly show: Show };

async function answer(api: PayPalApi, endpoint: PayPalEndpoint, request: Request, around: Around): Promise<Reply> {
  const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme !== "Bearer" || !isTokenValid(api.clientSecret, token)) return errorReply(401, "AUTHENTICATION_FAILURE");
  try {
    const payer = endpoint.isPayers ? payerOf(api.world, request) : undefined;
    if (payer?.status !== undefined) return errorReply(payer.status, "INTERNAL_SERVER_ERROR");
    return await perform(api, endpoint, request, { ...around, payer });
  } catch (error) {
    if (!(error instanceof PayPalRefusal)) throw error;
    error.afterwards?.();
    return refusalReply(error);
  }
}

type KeyRow = { readonly request_hash: string; readonly view: string };

async function perform(
  { world }: PayPalApi,
  endpoint: PayPalEndpoint,
  request: Request,
  { running, show, payer }: Around & { readonly payer: Payer | undefined },
): Promise<Reply> {
  const call = toCall(world, endpoint, request);
  const reply = (status: number, view: Outcome["view"]): Reply => {
    const body = show(world, view, world.publicUrl ?? request.origin);
    return body === undefined ? { status: 204, body: "" } : json(status, body);
  };
  const key = call.requestId === null || endpoint.method === "GET" ? null : `${endpoint.name} ${call.requestId}`;
  const hash = createHash("sha256").update(request.path).update(request.body).digest("hex");
  if (key !== null) {
    if (running.has(key)) return errorReply(409, "RESOURCE_CONFLICT", [{ issue: "PREVIOUS_REQUEST_IN_PROGRESS" }]);
    const known = world.database.first<KeyRow>("SELECT request_hash, view FROM paypal_requests WHERE key = ?", key);
    if (known && known.request_hash !== hash)
      throw refused("DUPLICATE_REQUEST_ID", "The value was used with another request.");
    if (known) return reply(200, JSON.parse(known.view));
    running.add(key);
  }
  try {
    await pause(payer?.thinkMs ?? 0, undefined, { ref: false });
    const { status, view } = world.database.transaction(() => {
      const outcome = endpoint.operation(world, call);
      if (key !== null) {
        const sql = "INSERT INTO paypal_requests (key, request_hash, view) VALUES (?, ?, ?)";
        world.database.run(sql, key, hash, JSON.stringify(outcome.view));
      }
      return outcome;
    });
    return payer?.silence === undefined ? reply(status, view) : { silence: payer.silence };
  } finally {
    if (key !== null) running.delete(key);
  }
}

/** Whose order it is that this request names. */
function payerOf(world: PayPalWorld, { params }: Request): Payer | undefined {
  const { payer } = world.orders.get(params["id"] ?? "");
  return payer === null ? undefined : findPayer(payer);
}

function toCall(world: PayPalWorld, { parse }: PayPalEndpoint, request: Request): PayPalCall {
  const requestId = request.headers["paypal-request-id"];
  return {
    params: request.params,
    query: request.query,
    body: parse === undefined ? parseBody(request.body) : parse(request),
    requestId: typeof requestId === "string" ? requestId : null,
    origin: world.publicUrl ?? request.origin,
  };
}

const tokenSeconds = 32_400;

function answerToken(api: PayPalApi, request: Request): Reply {
  const given = (request.headers.authorization ?? "").split(" ")[1] ?? "";
  const isKnown = Buffer.from(given, "base64").toString() === `${api.clientId}:${api.clientSecret}`;
  const isAsked = new URLSearchParams(request.body.toString()).get("grant_type") === "client_credentials";
  if (!isKnown || !isAsked) {
    return json(401, { error: "invalid_client", error_description: "Client Authentication failed" });
  }
  return json(200, {
    scope: "https://uri.paypal.com/services/payments",
    access_token: issueToken(api.clientSecret, tokenSeconds),
    token_type: "Bearer",
    app_id: "APP-SANDBOX",
    expires_in: tokenSeconds,
    nonce: "sandbox",
  });
}
