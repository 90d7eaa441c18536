import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { withFaults, type Faults } from "../faults.ts";
import { json, type Reply, type Request, type Route } from "../http.ts";
import { newId } from "../ids.ts";
import { findCard } from "./cards.ts";
import { expand } from "./expand.ts";
import { listOf, parseForm, textOf } from "./form.ts";
import { StripeRefusal, type StripeErrorBody } from "./refusal.ts";
import { apiVersion, type Operation, type Outcome, type StripeCall, type StripeWorld } from "./world.ts";

export type StripeApi = {
  readonly world: StripeWorld;
  readonly faults: Faults;
  readonly secretKey: string;
};

export type StripeEndpoint = {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Its name for faults. */
  readonly name: string;
  readonly operation: Operation;
};

/** The endpoints as routes, with Stripe's key check, idempotency, expansion and error shape around each. */
export function stripeRoutes(api: StripeApi, endpoints: readonly StripeEndpoint[]): readonly Route[] {
  const running = new Set<string>();
  return endpoints.map(({ method, path, name, operation }) => ({
    method,
    path,
    answer: withFaults(
      api.faults,
      { provider: "stripe", operation: name },
      {
        answer: (request) => answer(api, operation, request, running),
        error: (status) =>
          errorReply(status, {
            type: "api_error",
            message: "An error occurred internally (a sandbox fault).",
          }),
      },
    ),
  }));
}

export function unknownStripePath(request: Request): Reply {
  const message = `Unrecognized request URL (${request.method}: ${request.path}). The sandbox speaks only a part of Stripe's API.`;
  return errorReply(404, { type: "invalid_request_error", message });
}

type KeyRow = {
  readonly request_hash: string;
  readonly request_id: string;
  readonly status: number;
  readonly body: string;
};

async function answer(api: StripeApi, operation: Operation, request: Request, running: Set<string>): Promise<Reply> {
  if (!isAuthorized(request, api.secretKey)) return unauthorized();
  const call = toCall(request);
  const key = request.method === "POST" ? call.idempotencyKey : null;
  const hash = createHash("sha256")
    .update(`${request.method} ${request.path}\n${canonical(request.body)}`)
    .digest("hex");
  const thinkMs = thinkingTime(api.world, call);
  if (key === null) {
    await think(thinkMs);
    return perform(api.world, operation, call);
  }
  if (running.has(key)) return keyInUse(key);
  const known = findKey(api.world, key);
  if (known && known.request_hash !== hash) return keyReused(key);
  if (known) return replay(known, call);
  running.add(key);
  await think(thinkMs);
  running.delete(key);
  return perform(api.world, operation, call, { key, hash });
}

/** The provider goes on thinking, and then charges, even if its caller has given up meanwhile. */
async function think(ms: number): Promise<void> {
  if (ms > 0) await pause(ms, undefined, { ref: false });
}

/** One transaction: the effects, and the answer remembered under the key if there is one. */
function perform(
  world: StripeWorld,
  operation: Operation,
  call: StripeCall,
  keyed?: { readonly key: string; readonly hash: string },
): Reply {
  const remember = (status: number, body: string): void => {
    if (!keyed) return;
    world.database.run(
      "INSERT INTO stripe_idempotency (key, request_hash, request_id, status, body) VALUES (?, ?, ?, ?, ?)",
      keyed.key,
      keyed.hash,
      call.requestId,
      status,
      body,
    );
  };
  try {
    return world.database.transaction(() => {
      const outcome = operation(world, call);
      const body = JSON.stringify(expand(world.store, outcome.body, listOf(call.form, "expand")));
      remember(outcome.status, body);
      return toReply(outcome, body, call);
    });
  } catch (error) {
    if (!(error instanceof StripeRefusal)) throw error;
    const body = JSON.stringify({ error: error.body });
    if (error.isRemembered) remember(error.status, body);
    return { status: error.status, headers: headersOf(call), body };
  }
}

function toReply(outcome: Outcome, body: string, call: StripeCall): Reply {
  return outcome.silence ? { silence: outcome.silence } : { status: outcome.status, headers: headersOf(call), body };
}

function findKey(world: StripeWorld, key: string): KeyRow | undefined {
  return world.database.first<KeyRow>("SELECT * FROM stripe_idempotency WHERE key = ?", key);
}

function replay(known: KeyRow, call: StripeCall): Reply {
  const headers = {
    ...headersOf(call),
    "idempotent-replayed": "true",
    "original-request": known.request_id,
  };
  return { status: known.status, headers, body: known.body };
}

function keyInUse(key: string): Reply {
  return errorReply(409, {
    type: "invalid_request_error",
    code: "idempotency_key_in_use",
    message: `There is currently another in-progress request using this Idempotent Key: ${key}`,
  });
}

function keyReused(key: string): Reply {
  return errorReply(400, {
    type: "idempotency_error",
    message:
      "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
      `Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function unauthorized(): Reply {
  return errorReply(401, {
    type: "invalid_request_error",
    message: "Invalid API Key provided. The sandbox knows one key: its STRIPE_SECRET_KEY.",
  });
}

function errorReply(status: number, error: StripeErrorBody): Reply {
  return json(status, { error }, { "request-id": newId("req") });
}

function headersOf(call: StripeCall): Record<string, string> {
  return {
    "content-type": "application/json",
    "request-id": call.requestId ?? "",
    "stripe-version": apiVersion,
    ...(call.idempotencyKey === null ? {} : { "idempotency-key": call.idempotencyKey }),
  };
}

/** The secret key, as a bearer token or as the user name of basic authentication. */
function isAuthorized(request: Request, secretKey: string): boolean {
  const [scheme, value = ""] = (request.headers.authorization ?? "").split(" ");
  if (scheme === "Bearer") return value === secretKey;
  return scheme === "Basic" && Buffer.from(value, "base64").toString() === `${secretKey}:`;
}

function toCall(request: Request): StripeCall {
  const key = request.headers["idempotency-key"];
  const encoded = request.method === "GET" ? request.query : new URLSearchParams(request.body.toString());
  return {
    params: request.params,
    form: parseForm(encoded),
    requestId: newId("req"),
    idempotencyKey: typeof key === "string" ? key : null,
    path: request.path,
    origin: request.origin,
  };
}

/** The same parameters in any order are the same request. */
function canonical(body: Buffer): string {
  const parameters = new URLSearchParams(body.toString());
  parameters.sort();
  return parameters.toString();
}

/** How long the card that this request would charge keeps its provider thinking. */
function thinkingTime(world: StripeWorld, call: StripeCall): number {
  const intent = call.path.endsWith("/confirm")
    ? world.store.find("payment_intent", call.params["id"] ?? "")
    : undefined;
  const id = textOf(call.form, "payment_method") ?? intent?.payment_method ?? "";
  const token = world.store.find("payment_method", id)?._token ?? id;
  return findCard(token)?.thinkMs ?? 0;
}
