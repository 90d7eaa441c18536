import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import {
  RoleGrantedSchema,
  RoleRevokedSchema,
  SessionRevokedSchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import test from "ava";
import { findApiKeyOwner } from "../src/store/api-keys.ts";
import { findSessionOwner } from "../src/store/sessions.ts";
import { authWorld, MINUTE_MS, methods, START_MS } from "./support.ts";

const SELLER = "0198a000-0000-7000-8000-000000000001";

test("a granted role is in the next actor token, and granting it again says nothing new", async (t) => {
  const { ask, register, actorOf, events } = await authWorld(t);
  const { id, token } = await register();
  const { account } = await ask(methods.grantRole, { accountId: id, role: Role.SELLER, sellerId: SELLER });
  await ask(methods.grantRole, { accountId: id, role: Role.SELLER, sellerId: SELLER });
  t.like(account, { roles: [Role.CUSTOMER, Role.SELLER], sellerId: SELLER });
  t.like(await actorOf({ case: "sessionToken", value: token }), { roles: ["customer", "seller"], sellerId: SELLER });
  t.like(await events(RoleGrantedSchema), [{ accountId: id, role: Role.SELLER, sellerId: SELLER }]);
});

test("a role is not granted to nobody", async (t) => {
  const { ask } = await authWorld(t);
  const error = await t.throwsAsync(ask(methods.grantRole, { accountId: SELLER, role: Role.SUPPORT }));
  t.like(error, { kind: "not-found", reason: "ACCOUNT_NOT_FOUND", metadata: { account_id: SELLER } });
});

test("taking a role ends what was opened with it", async (t) => {
  const { ask, register, actorOf, events, revoked } = await authWorld(t);
  const { id, token, actor } = await register();
  await ask(methods.grantRole, { accountId: id, role: Role.SUPPORT });
  const { apiKey, secret } = await ask(methods.createApiKey, { name: "desk" }, actor);
  const { account } = await ask(methods.revokeRole, { accountId: id, role: Role.SUPPORT });
  t.deepEqual(account?.roles, [Role.CUSTOMER]);
  t.deepEqual(revoked, [actor.kind === "person" ? actor.sessionId : "", apiKey?.id]);
  await t.throwsAsync(actorOf({ case: "sessionToken", value: token }), { message: "session invalid" });
  await t.throwsAsync(actorOf({ case: "apiKey", value: secret }), { message: "api key invalid" });
  t.like(await events(RoleRevokedSchema), [{ accountId: id, role: Role.SUPPORT }]);
  t.is((await events(SessionRevokedSchema)).length, 2);
});

test("two administrators cannot take the role from each other at once", async (t) => {
  const { ask, register } = await authWorld(t);
  const [one, two] = [await register("one@example.org"), await register("two@example.org")];
  for (const { id } of [one, two]) await ask(methods.grantRole, { accountId: id, role: Role.ADMIN });
  const both = await Promise.allSettled(
    [one, two].map(({ id }) => ask(methods.revokeRole, { accountId: id, role: Role.ADMIN })),
  );
  t.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  t.like(
    both.find(({ status }) => status === "rejected"),
    { reason: { reason: "LAST_ADMIN" } },
  );
  t.is((await ask(methods.listAccounts, { role: Role.ADMIN })).accounts.length, 1);
});

test("who writes to accounts is told how they are reached: by id, by seller, by role", async (t) => {
  const { ask, register } = await authWorld(t);
  const [one, two] = [await register("one@example.org"), await register("two@example.org")];
  await ask(methods.grantRole, { accountId: one.id, role: Role.SELLER, sellerId: SELLER });
  await ask(methods.grantRole, { accountId: two.id, role: Role.ADMIN });
  const emails = async (request: Parameters<typeof ask<typeof methods.listContacts>>[1]) =>
    (await ask(methods.listContacts, request)).contacts.map(({ email }) => email);
  t.deepEqual((await emails({ accountIds: [two.id, one.id, SELLER] })).sort(), ["one@example.org", "two@example.org"]);
  t.deepEqual(await emails({ sellerId: SELLER }), ["one@example.org"]);
  t.deepEqual(await emails({ role: Role.ADMIN }), ["two@example.org"]);
  t.deepEqual(await emails({}), []);
});

test("every account comes on exactly one page, newest first", async (t) => {
  const { ask, register } = await authWorld(t);
  const ids: string[] = [];
  for (const number of [1, 2, 3, 4, 5]) ids.unshift((await register(`person${number}@example.org`)).id);
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await ask(methods.listAccounts, { pageSize: 2, pageToken });
    seen.push(...page.accounts.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.is(new Set(seen).size, 5);
  t.deepEqual([...seen].sort(), [...ids].sort());
  t.like(await ask(methods.listAccounts, { email: "PERSON3@example.org" }), {
    accounts: [{ email: "person3@example.org" }],
  });
  await t.throwsAsync(ask(methods.listAccounts, { pageToken: "nonsense" }), { message: /page token invalid/ });
});

test("a person sees their own open sessions, the last used first, and ends any of them", async (t) => {
  const { ask, register, actorOf, revoked, time, database } = await authWorld(t);
  const { id, actor } = await register();
  time.nowMs += MINUTE_MS;
  const { sessionToken } = await ask(methods.signIn, { email: "mira@example.org", password: "a fine long one" });
  const second = await actorOf({ case: "sessionToken", value: sessionToken });
  const { sessions, nextPageToken } = await ask(methods.listSessions, { pageSize: 1 }, actor);
  t.like(sessions, [{ id: second.sessionId, isCurrent: false }]);
  const rest = await ask(methods.listSessions, { pageSize: 1, pageToken: nextPageToken }, actor);
  t.like(rest, { sessions: [{ isCurrent: true }], nextPageToken: "" });
  t.deepEqual(await findSessionOwner(second.sessionId, database.sql), { personId: id });
  t.is(await findSessionOwner(SELLER, database.sql), undefined);
  await ask(methods.revokeSession, { sessionId: second.sessionId }, actor);
  t.deepEqual(revoked, [second.sessionId]);
  await t.throwsAsync(actorOf({ case: "sessionToken", value: sessionToken }), { message: "session invalid" });
  t.is((await ask(methods.listSessions, {}, actor)).sessions.length, 1);
});

test("an API key acts for its account until it is ended", async (t) => {
  const { ask, register, actorOf, revoked, database } = await authWorld(t);
  const { id, actor } = await register();
  const { apiKey, secret } = await ask(methods.createApiKey, { name: "import" }, actor);
  t.regex(secret, /^ak_[\w-]{43}$/);
  t.is(apiKey?.prefix, secret.slice(0, 9));
  const program = await actorOf({ case: "apiKey", value: secret });
  t.like(program, { id, sessionId: apiKey?.id });
  t.is((await ask(methods.getSession, {}, program)).session, undefined);
  t.like(await ask(methods.listApiKeys, {}, actor), {
    apiKeys: [{ name: "import", lastUseTime: timestampFromMs(START_MS) }],
  });
  t.deepEqual(await findApiKeyOwner(apiKey?.id ?? "", database.sql), { personId: id });
  await ask(methods.revokeApiKey, { apiKeyId: apiKey?.id ?? "" }, actor);
  t.deepEqual(revoked, [apiKey?.id]);
  await t.throwsAsync(actorOf({ case: "apiKey", value: secret }), { message: "api key invalid" });
  t.is((await ask(methods.listApiKeys, {}, actor)).apiKeys.length, 0);
});

test("an API key ends at its time and cannot begin after it", async (t) => {
  const { ask, register, actorOf, time } = await authWorld(t);
  const { actor } = await register();
  const { secret } = await ask(
    methods.createApiKey,
    { name: "short", expireTime: timestampFromMs(START_MS + 1_000) },
    actor,
  );
  time.nowMs += 1_000;
  await t.throwsAsync(actorOf({ case: "apiKey", value: secret }), { message: "api key invalid" });
  await t.throwsAsync(ask(methods.createApiKey, { name: "late", expireTime: timestampFromMs(time.nowMs) }, actor), {
    message: /expire time past/,
  });
});

test("an account has at most twenty API keys, also when asked for at once", async (t) => {
  const { ask, register } = await authWorld(t);
  const { actor } = await register();
  const made = await Promise.allSettled(
    Array.from({ length: 22 }, (_, index) => ask(methods.createApiKey, { name: `key ${index}` }, actor)),
  );
  t.is(made.filter(({ status }) => status === "fulfilled").length, 20);
  t.like(
    made.find(({ status }) => status === "rejected"),
    { reason: { reason: "API_KEYS_FULL" } },
  );
});
