import { createHash } from "node:crypto";
import {
  AccountRegisteredSchema,
  SessionRevokedSchema,
  SignedInSchema,
} from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import test from "ava";
import { isKnownPlace, sweepAttempts, sweepPlaces } from "../src/store/attempts.ts";
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

const tooMany = { reason: "TOO_MANY_ATTEMPTS" };
const reasonOf = (result: PromiseSettledResult<unknown>) =>
  result.status === "rejected" ? (result.reason as { readonly reason: string }).reason : "";

test("after ten tries at an account from one place the next from there is refused, known or not, right or wrong, for a quarter of an hour", async (t) => {
  const { ask, register, time } = await authWorld(t);
  await register();
  for (const email of ["mira@example.org", "nobody@example.org"]) {
    const tries = Array.from({ length: 10 }, () => ask(methods.signIn, { email, password: "a wrong long one" }));
    t.true((await Promise.allSettled(tries)).every((result) => reasonOf(result) === "CREDENTIALS_INVALID"));
    const error = await t.throwsAsync(ask(methods.signIn, { email, password: "a fine long one" }));
    t.like(error, { ...tooMany, metadata: { retryAfterSeconds: "900", retry_after_ms: "900000" } });
  }
  time.nowMs += 15 * MINUTE_MS;
  await t.notThrowsAsync(ask(methods.signIn, { email: "mira@example.org", password: "a fine long one" }));
});

test("a stranger who guesses locks nobody out elsewhere", async (t) => {
  const { ask, register, place } = await authWorld(t);
  await register();
  const right = () => ask(methods.signIn, { email: "mira@example.org", password: "a fine long one" });
  place.address = "198.51.100.1";
  const guess = () => ask(methods.signIn, { email: "mira@example.org", password: "a wrong long one" });
  for (let count = 0; count < 10; count++) t.like(await t.throwsAsync(guess()), { reason: "CREDENTIALS_INVALID" });
  t.like(await t.throwsAsync(guess()), tooMany);
  for (const address of ["192.0.2.1", "203.0.113.9"]) {
    place.address = address;
    await t.notThrowsAsync(right());
  }
});

test("a hundred wrong tries from many places stop those from strange places for a day, not its owner's from a known one", async (t) => {
  const { ask, register, place, time } = await authWorld(t);
  await register();
  const from = (address: string, password: string) => {
    place.address = address;
    return ask(methods.signIn, { email: "mira@example.org", password });
  };
  for (let place = 0; place < 20; place++) {
    const guesses = Array.from({ length: 5 }, () => from(`198.51.100.${place}`, "a wrong long one"));
    t.true((await Promise.allSettled(guesses)).every((result) => reasonOf(result) === "CREDENTIALS_INVALID"));
  }
  const refused = await t.throwsAsync(from("203.0.113.9", "a fine long one"));
  t.like(refused, { ...tooMany, metadata: { retryAfterSeconds: "86400" } });
  await t.notThrowsAsync(from("192.0.2.1", "a fine long one"));
  time.nowMs += DAY_MS;
  await t.notThrowsAsync(from("203.0.113.9", "a fine long one"));
});

test("a place is forgotten after ninety days without a sign-in", async (t) => {
  const { register, database, time } = await authWorld(t);
  await register();
  const tried = { emailHash: createHash("sha256").update("mira@example.org").digest("hex"), place: "" };
  const { place } = (await database.sql.row<{ place: string }>("SELECT place FROM sign_in_place")) ?? { place: "" };
  t.true(await isKnownPlace(database.sql, { ...tried, place }, time.nowMs - 1));
  t.is(await sweepPlaces(database.sql, time.nowMs, 10), 0);
  t.is(await sweepPlaces(database.sql, time.nowMs + 1, 10), 1);
  t.false(await isKnownPlace(database.sql, { ...tried, place }, 0));
});

test("tries are swept when they count no more: those of one place sooner", async (t) => {
  const { ask, database, time } = await authWorld(t);
  await t.throwsAsync(ask(methods.signIn, { email: "nobody@example.org", password: "a wrong long one" }));
  t.is(await sweepAttempts(database.sql, time.nowMs, 10), 0);
  t.is(await sweepAttempts(database.sql, time.nowMs + 15 * MINUTE_MS + 1, 10), 1);
  t.is(await sweepAttempts(database.sql, time.nowMs + DAY_MS + 1, 10), 1);
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
