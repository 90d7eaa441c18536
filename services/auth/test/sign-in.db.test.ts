import { createHash } from "node:crypto";
import {
  AccountRegisteredSchema,
  SessionRevokedSchema,
  SignedInSchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import test from "ava";
import { authWorld, DAY_MS, methods, MINUTE_MS, START_MS } from "./support.ts";

test("who registers is signed in, a customer, and found in the events by ids only", async (t) => {
  const { ask, register, events } = await authWorld(t);
  const { id, token, actor } = await register();
  t.regex(token, /^st_[\w-]{43}$/);
  t.like(actor, { kind: "person", id, roles: ["customer"], sellerId: undefined });
  const { account, session } = await ask(methods.getSession, {}, actor);
  t.like(account, { id, email: "mira@example.org", name: "Mira", sellerId: "" });
  t.like(session, { device: "Firefox", isCurrent: true });
  t.deepEqual(
    (await events(AccountRegisteredSchema)).map((event) => ({ ...event })),
    [{ $typeName: AccountRegisteredSchema.typeName, accountId: id }],
  );
  t.like((await events(SignedInSchema))[0], { accountId: id, sessionId: session?.id ?? "" });
});

test("an address has one account, whatever its case, also when two register at once", async (t) => {
  const { ask, register } = await authWorld(t);
  await register("mira@example.org");
  await t.throwsAsync(register("MIRA@example.org"), { message: "email taken" });
  const both = await Promise.allSettled([register("joost@example.org"), register("Joost@Example.org")]);
  t.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  t.is((await ask(methods.listAccounts, {})).accounts.length, 2);
});

test("a wrong password and an unknown address are answered alike", async (t) => {
  const { ask, register } = await authWorld(t);
  await register();
  const wrong = await t.throwsAsync(ask(methods.signIn, { email: "mira@example.org", password: "another long one" }));
  const unknown = await t.throwsAsync(
    ask(methods.signIn, { email: "nobody@example.org", password: "another long one" }),
  );
  t.like(wrong, { kind: "unauthenticated", reason: "CREDENTIALS_INVALID", metadata: {} });
  t.like(unknown, { kind: "unauthenticated", reason: "CREDENTIALS_INVALID", metadata: {}, message: wrong.message });
});

test("the right password opens a session of its own", async (t) => {
  const { ask, register } = await authWorld(t);
  const first = await register();
  const { sessionToken, expireTime } = await ask(methods.signIn, {
    email: " Mira@example.org",
    password: "a fine long one",
  });
  t.not(sessionToken, first.token);
  t.is(expireTime && timestampMs(expireTime), START_MS + 30 * DAY_MS);
  t.is((await ask(methods.listSessions, {}, first.actor)).sessions.length, 2);
});

test("after ten tries at an address the next is refused, known or not, right or wrong, until a quarter of an hour has passed", async (t) => {
  const { ask, register, time } = await authWorld(t);
  await register();
  for (const email of ["mira@example.org", "nobody@example.org"]) {
    const tries = Array.from({ length: 10 }, () => ask(methods.signIn, { email, password: "a wrong long one" }));
    t.true(
      (await Promise.allSettled(tries)).every(
        (result) =>
          result.status === "rejected" && (result.reason as { reason: string }).reason === "CREDENTIALS_INVALID",
      ),
    );
    const error = await t.throwsAsync(ask(methods.signIn, { email, password: "a fine long one" }));
    t.like(error, { reason: "TOO_MANY_ATTEMPTS", metadata: { retryAfterSeconds: "900" } });
  }
  time.nowMs += 15 * MINUTE_MS;
  await t.notThrowsAsync(ask(methods.signIn, { email: "mira@example.org", password: "a fine long one" }));
});

test("signing in forgets the tries before it", async (t) => {
  const { ask, register } = await authWorld(t);
  await register();
  const right = () => ask(methods.signIn, { email: "mira@example.org", password: "a fine long one" });
  for (let round = 0; round < 12; round++) await t.notThrowsAsync(right());
});

test("neither the session's token nor the password is kept in clear", async (t) => {
  const { register, database } = await authWorld(t);
  const { token } = await register();
  const sessions = await database.sql.rows<{ token_hash: string }>("SELECT token_hash FROM session");
  t.deepEqual(
    sessions.map(({ token_hash: hash }) => hash),
    [createHash("sha256").update(token).digest("hex")],
  );
  const account = await database.sql.row<{ password_hash: string }>("SELECT password_hash FROM account");
  t.regex(account?.password_hash ?? "", /^\$argon2id\$v=19\$/);
});

test("signing out ends the session everywhere, and twice does no more", async (t) => {
  const { ask, register, actorOf, events, revoked } = await authWorld(t);
  const { id, token, actor } = await register();
  await ask(methods.signOut, {}, actor);
  await ask(methods.signOut, {}, actor);
  const sessionId = actor.kind === "person" ? actor.sessionId : "";
  t.deepEqual(revoked, [sessionId, sessionId]);
  t.like(await events(SessionRevokedSchema), [{ accountId: id, sessionId }]);
  t.is((await events(SessionRevokedSchema)).length, 1);
  await t.throwsAsync(actorOf({ case: "sessionToken", value: token }), { message: "session invalid" });
});
