import { randomBytes } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { AuthAdminService, AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Actor, Call } from "@shopmesh/mesh";
import { testDatabase } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { createPasswords } from "../src/effects/passwords.ts";
import { openSigningKeys } from "../src/effects/signing-keys.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { apiKeyHandlers } from "../src/handlers/api-keys.ts";
import { contactHandlers } from "../src/handlers/contacts.ts";
import { credentialHandlers } from "../src/handlers/credentials.ts";
import { sessionHandlers } from "../src/handlers/sessions.ts";
import { signInHandlers } from "../src/handlers/sign-in.ts";
import { createPlaceOf } from "../src/effects/secrets.ts";
import { auth } from "../src/service.ts";

export const START_MS = Date.UTC(2026, 10, 1);
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
export const SEAL_KEY = new Uint8Array(32).fill(7);
/** Cheap hashes: what they cost is no rule that is tested here. */
const CHEAP = { memoryKib: 64, passes: 1 };

type Answers = Readonly<Record<string, (request: never, call: Call) => Promise<unknown>>>;

/** The handlers over a schema of their own, with a clock that the test moves. */
export async function authWorld(t: ExecutionContext) {
  const time = { nowMs: START_MS };
  const clock = () => time.nowMs;
  const place = { address: "192.0.2.1" };
  const revoked: string[] = [];
  const database = await testDatabase(t, { service: auth, clock });
  const { sql } = database;
  const deps = {
    sql,
    transaction: database.transaction,
    clock,
    region: "eu",
    newId: () => uuidv7(clock(), randomBytes),
    entropy: (length: number) => randomBytes(length),
    async revokeSession(id: string) {
      revoked.push(id);
    },
  };
  const signingKeys = await openSigningKeys({ ...deps, sealKey: SEAL_KEY });
  const passwords = await createPasswords(deps.entropy, CHEAP);
  const handlers = {
    ...signInHandlers({ ...deps, passwords, placeOf: createPlaceOf(SEAL_KEY) }),
    ...credentialHandlers({ clock, signingKeys }),
    ...sessionHandlers(deps),
    ...apiKeyHandlers(deps),
    ...adminHandlers(deps),
    ...contactHandlers(),
  };
  const call = (actor: Actor): Call =>
    ({
      actor,
      sql,
      clientAddress: place.address,
      transaction: database.transaction,
      requestHeaders: { get: (name: string) => (name === "user-agent" ? "Firefox" : undefined) },
    }) as unknown as Call;

  /** Calls a method as the contract would, after its access was granted. */
  async function ask<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M["input"]>,
    actor: Actor = { kind: "anonymous" },
  ): Promise<MessageShape<M["output"]>> {
    const handler = (handlers as unknown as Answers)[method.localName];
    if (handler === undefined) throw new Error(`no handler of ${method.name}`);
    const answer = await handler(create(method.input, request) as never, call(actor));
    return create(method.output as DescMessage, answer as never) as MessageShape<M["output"]>;
  }

  async function register(
    email = "mira@example.org",
    password = "a fine long one",
  ): Promise<{ id: string; token: string; actor: Actor }> {
    const { account, sessionToken } = await ask(AuthService.method.register, { email, password, name: "Mira" });
    return {
      id: account?.id ?? "",
      token: sessionToken,
      actor: await actorOf({ case: "sessionToken", value: sessionToken }),
    };
  }

  /** The claims behind a credential, as an actor. */
  async function actorOf(credential: {
    case: "sessionToken" | "apiKey" | "guestToken";
    value: string;
  }): Promise<Actor & { kind: "person" }> {
    const claims = await claimsOf(credential);
    return {
      kind: "person",
      id: String(claims["sub"]),
      roles: claims["roles"] as never,
      sellerId: claims["seller"] as string | undefined,
      sessionId: String(claims["sid"]),
    };
  }

  async function claimsOf(credential: {
    case: "sessionToken" | "apiKey" | "guestToken";
    value: string;
  }): Promise<Readonly<Record<string, unknown>>> {
    const { actorToken } = await ask(AuthService.method.exchangeCredential, { credential });
    return JSON.parse(Buffer.from(actorToken.split(".")[1] ?? "", "base64url").toString()) as Readonly<
      Record<string, unknown>
    >;
  }

  /** The events of one kind in the outbox, oldest first. */
  async function events<D extends DescMessage>(event: D): Promise<MessageShape<D>[]> {
    const rows = await sql.rows<{ payload: Buffer }>("SELECT payload FROM mesh_outbox WHERE subject = ? ORDER BY id", [
      event.typeName,
    ]);
    return rows.map(({ payload }) => fromBinary(event, payload));
  }

  return { time, place, database, deps, signingKeys, revoked, ask, register, actorOf, claimsOf, events };
}

export const methods = { ...AuthService.method, ...AuthAdminService.method };
