import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DomainError } from "@shopmesh/kernel";
import { type DoorKeeper, openRateLimits, type Origin } from "@shopmesh/mesh";
import { silentLog } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { createFolderStorage } from "../../mesh/src/storage/folder-storage.ts";
import { clientAddressOf, networksIn } from "../src/client-address.ts";
import { createLimits } from "../src/limits.ts";
import { findAnswerer, loadContracts } from "../src/contracts.ts";
import { createCredentials } from "../src/credentials.ts";
import { createDoor, type DoorLimits } from "../src/effects.ts";
import { createForward, type ForwardDeps } from "../src/forward.ts";
import { createStreamLimits, type StreamLimitsOptions } from "../src/live/limits.ts";
import { createLiveStreams } from "../src/live/live.ts";
import { healthRoute, mediaRoute, webhookRoute } from "../src/routes.ts";
import { createWebhooks } from "../src/webhooks.ts";

/** A call that reached the mesh. */
export type Sent = {
  readonly name: string;
  readonly path: string;
  readonly request: Message & Readonly<Record<string, unknown>>;
  readonly origin: Origin;
};

type Fields = Record<string, unknown>;

/** What stands behind the door instead of the mesh. */
export type Behind = {
  /** Fields of the response to a method; a throw is a refusal. Default: an empty response. */
  readonly answer?: (method: DescMethod, sent: Sent) => Fields | Promise<Fields>;
  /** The messages of a server stream. */
  readonly stream?: (method: DescMethod, sent: Sent) => AsyncIterable<Fields>;
  /** Which credentials auth knows; default all. */
  readonly isKnown?: (credential: string) => boolean;
  readonly isReady?: boolean;
  readonly isSecure?: boolean;
  readonly heartbeatMs?: number;
  readonly renewMs?: number;
  readonly limits?: Partial<StreamLimitsOptions>;
  readonly doorLimits?: Partial<DoorLimits>;
  readonly drainMs?: number;
  /** Default 6,000 requests a minute. */
  readonly perAddress?: number;
  /** Default 1,200 calls a minute. */
  readonly perPrincipal?: number;
  /** Networks whose X-Forwarded-For is believed; default none. */
  readonly trustedProxies?: string;
  /** Default: there is room for everything. */
  readonly door?: Partial<DoorKeeper>;
};

const openHanded: DoorKeeper = { hasRoom: () => true, isTaken: () => true, keep: (dispatch) => dispatch };
const nowMs = 1_800_000_000_000;

/** The door over a faked mesh, on a free port, closed with the test. */
export async function openDoor(t: ExecutionContext, behind: Behind = {}) {
  const contracts = await loadContracts();
  const sent: Sent[] = [];
  const exchanged: string[] = [];
  const storage = await temporaryStorage(t);
  const rateLimits = openRateLimits({ url: undefined, service: "gateway", region: "eu", log: silentLog });
  const rates = createLimits({
    contracts,
    rateLimits,
    perAddress: behind.perAddress ?? 6_000,
    perPrincipal: behind.perPrincipal ?? 1_200,
    factor: 1,
  });
  const mesh = {
    send: sendTo(behind, sent),
    answererOf: findAnswerer(contracts),
    credentials: createCredentials({ exchangeCredential: exchangeOf(behind, exchanged) }),
    log: silentLog,
  };
  const { heartbeatMs = 60_000, renewMs = 600_000 } = behind;
  const roomy = { streams: 100, topics: 1_000 };
  const limits = createStreamLimits({ total: 100, ofPerson: roomy, ofAddress: roomy, ...behind.limits });
  const live = createLiveStreams({ ...mesh, contracts, limits, rates, heartbeatMs, renewMs });
  const dispatch = createForward({ ...mesh, live, streams: limits, rates, isSecure: behind.isSecure ?? false });
  const isReady = behind.isReady ?? true;
  const routes = [
    healthRoute(async () => ({ ready: isReady, parts: { order: { ready: isReady } } })),
    webhookRoute(createWebhooks(contracts), dispatch, silentLog),
    mediaRoute(storage),
  ];
  const door = createDoor({
    host: "127.0.0.1",
    port: 0,
    publicUrl: behind.isSecure === true ? "https://shop.example.com" : "http://localhost:8080",
    corsOrigins: new Set(["https://partner.example"]),
    drainMs: behind.drainMs ?? 1_000,
    limits: { headersTimeoutMs: 10_000, bodyTimeoutMs: 10_000, stallMs: 10_000, ...behind.doorLimits },
    clientAddress: clientAddressOf(networksIn(behind.trustedProxies ?? "")),
    isProxy: () => false,
    door: { ...openHanded, ...behind.door },
    rates,
    contracts,
    dispatch,
    routes,
    log: silentLog,
  });
  await door.start();
  t.teardown(() => door.stop());
  const url = `http://127.0.0.1:${door.port()}`;
  return {
    url,
    door,
    sent,
    exchanged,
    storage,
    live,
    /** Lets the next use of `token` be exchanged anew. */
    forget: (token: string) =>
      mesh.credentials.forget({ get: (name) => (name === "authorization" ? `Bearer ${token}` : undefined) }),
    nowMs,
    /** A unary call by JSON; `path` is "order.v1.OrderService/GetOrder". */
    post: (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${url}/shop.${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", ...headers },
        body: JSON.stringify(body),
      }),
  };
}

/** The reason in an error's JSON. */
export async function reasonOf(response: Response): Promise<unknown> {
  const { details } = (await response.json()) as {
    readonly details?: readonly { readonly debug?: { reason?: string } }[];
  };
  return details?.[0]?.debug?.reason;
}

function sendTo(behind: Behind, sent: Sent[]): ForwardDeps["send"] {
  return (name, contract, request, origin) => {
    const call: Sent = { name, path: contract.path, request: request as Sent["request"], origin };
    sent.push(call);
    return contract.method.methodKind === "unary" ? unary() : stream();

    async function unary(): Promise<Message> {
      return create(contract.method.output, await (behind.answer?.(contract.method, call) ?? {}));
    }

    async function* stream(): AsyncIterable<Message> {
      for await (const fields of behind.stream?.(contract.method, call) ?? []) {
        yield create(contract.method.output, fields);
      }
    }
  };
}

function exchangeOf({ isKnown = () => true }: Behind, exchanged: string[]): ExchangeCredential {
  return async ({ credential }) => {
    const value = credential?.value ?? "";
    exchanged.push(value);
    if (!isKnown(value)) throw new DomainError("unauthenticated", "SESSION_INVALID");
    const expireTime = timestampFromMs(Date.now() + 300_000);
    return { $typeName: "shop.auth.v1.ExchangeCredentialResponse", actorToken: `actor of ${value}`, expireTime };
  };
}

type ExchangeCredential = Parameters<typeof createCredentials>[0]["exchangeCredential"];

async function temporaryStorage(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), "gateway-"));
  t.teardown(() => rm(folder, { recursive: true }));
  return createFolderStorage({ folder, secret: Buffer.alloc(32, 1), clock: () => nowMs });
}
