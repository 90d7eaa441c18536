import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { AuthAdminService, AuthService } from "@shopmesh/contracts/shop/auth/v1/auth_service_pb.ts";
import { type Actor, defineService } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import test, { type ExecutionContext } from "ava";
import { auth } from "../src/service.ts";

const anonymous: Actor = { kind: "anonymous" };
const service = (name: string): Actor => ({ kind: "service", name });

function person(id: string, roles: Extract<Actor, { kind: "person" }>["roles"] = ["customer"]): Actor {
  return { kind: "person", id, roles, sellerId: undefined, sessionId: "s" };
}

/** The service as the mesh runs it: validation, access, idempotency. */
async function startService(t: ExecutionContext) {
  const revoked: string[] = [];
  const definition = defineService({
    ...auth,
    start: (context) =>
      auth.start({
        ...context,
        region: "eu",
        revokeSession: async (id) => {
          revoked.push(id);
        },
      }),
  });
  const { as } = await testService(t, definition, { clients: new Map(), nowMs: Date.now });
  async function register(email: string) {
    const made = await as(anonymous)(AuthService).register({ email, password: "a fine long one", name: "Mira" });
    return { id: made.account?.id ?? "", token: made.sessionToken };
  }
  return { as, register, revoked };
}

test("only an administrator and the seed grant roles", async (t) => {
  const { as, register } = await startService(t);
  const { id } = await register("mira@example.org");
  const grant = { accountId: id, role: Role.ADMIN };
  const refused = [
    as(anonymous),
    as(person(id)),
    as(person(id, ["customer", "seller", "support"])),
    as(service("cart"), "cart"),
  ];
  for (const client of refused) {
    const error = await t.throwsAsync(client(AuthAdminService).grantRole(grant));
    t.true(["SIGN_IN_REQUIRED", "ACCESS_DENIED"].includes((error as { reason?: string }).reason ?? ""));
  }
  const { account } = await as(service("seed"), "seed")(AuthAdminService).grantRole(grant);
  t.deepEqual(account?.roles, [Role.CUSTOMER, Role.ADMIN]);
  await t.notThrowsAsync(as(person(id, ["admin"]))(AuthAdminService).grantRole({ accountId: id, role: Role.SUPPORT }));
  await t.throwsAsync(as(service("seed"), "seed")(AuthAdminService).revokeRole(grant), { message: /access denied/ });
});

test("only the gateway exchanges a credential", async (t) => {
  const { as, register } = await startService(t);
  const { token } = await register("mira@example.org");
  const request = { credential: { case: "sessionToken" as const, value: token } };
  await t.notThrowsAsync(as(anonymous, "gateway")(AuthService).exchangeCredential(request));
  await t.throwsAsync(as(service("cart"), "cart")(AuthService).exchangeCredential(request), {
    message: /access denied/,
  });
  const stranger = await t.throwsAsync(as(anonymous, "")(AuthService).exchangeCredential(request));
  t.like(stranger, { kind: "unauthenticated", reason: "TOKEN_MISSING" });
});

test("another's session and API key are not found", async (t) => {
  const { as, register, revoked } = await startService(t);
  const [mine, other] = [await register("mira@example.org"), await register("joost@example.org")];
  const [session] = (await as(person(mine.id))(AuthService).listSessions({})).sessions;
  const { apiKey } = await as(person(mine.id))(AuthService).createApiKey({ name: "import" });
  const stranger = as(person(other.id))(AuthService);
  const sessionId = session?.id ?? "";
  t.like(await t.throwsAsync(stranger.revokeSession({ sessionId })), {
    kind: "not-found",
    reason: "SESSION_NOT_FOUND",
  });
  t.like(await t.throwsAsync(stranger.revokeApiKey({ apiKeyId: apiKey?.id ?? "" })), {
    kind: "not-found",
    reason: "API_KEY_NOT_FOUND",
  });
  t.deepEqual(revoked, []);
  await as(person(mine.id))(AuthService).revokeSession({ sessionId });
  t.deepEqual(revoked, [sessionId]);
});

test("an account whose making was answered to nobody is made once, however often the same is asked", async (t) => {
  const { as } = await startService(t);
  const { register } = as(anonymous)(AuthService);
  const wish = { email: "mira@example.org", password: "a fine long one", name: "Mira" };
  const requestId = "0197a2b4-7c1e-7f00-8a51-3d1f6f0c9b11";
  const asked = await Promise.all([1, 2, 3].map(() => register({ ...wish, requestId })));
  const made = [...asked, await register({ ...wish, requestId })];
  t.is(new Set(made.map(({ sessionToken }) => sessionToken)).size, 1);
  t.is(new Set(made.map(({ account }) => account?.id)).size, 1);
  const reasonOf = async (request: Parameters<typeof register>[0]) =>
    (await t.throwsAsync<Error & { reason?: string }>(register(request)))?.reason;
  t.is(await reasonOf({ ...wish, requestId, password: "a guess of another" }), "REQUEST_ID_REUSED");
  t.is(await reasonOf({ ...wish, requestId: "another" }), "EMAIL_TAKEN");
  t.is(await reasonOf(wish), "EMAIL_TAKEN");
});

test("a short password and a malformed address are refused by the contract, the field named", async (t) => {
  const { as } = await startService(t);
  const error = await t.throwsAsync(
    as(anonymous)(AuthService).register({ email: "mira", password: "short", name: "Mira" }),
  );
  t.like(error, { kind: "invalid" });
  t.deepEqual(
    (error as unknown as { violations: { field: string }[] }).violations.map(({ field }) => field),
    ["email", "password"],
  );
});
