import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { createCredentials, type Credentials } from "../src/credentials.ts";

const origin = {
  actorToken: "",
  deadlineMs: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  requestId: "r-1",
  isInTransaction: false,
};

function headers(fields: Readonly<Record<string, string>>) {
  return { get: (name: string) => fields[name] };
}

function bearer(token: string) {
  return headers({ authorization: `Bearer ${token}` });
}

type Exchange = Parameters<typeof createCredentials>[0]["exchangeCredential"];

/** Credentials whose auth counts what it is asked, and a clock that is set by hand. */
function start(answer: (credential: string) => void | Promise<void> = () => undefined) {
  const clock = { nowMs: 1_800_000_000_000 };
  const asked: Parameters<Exchange>[] = [];
  const exchangeCredential: Exchange = async (request, from) => {
    asked.push([request, from]);
    const count = asked.length;
    await answer(request.credential?.value ?? "");
    return {
      $typeName: "shop.auth.v1.ExchangeCredentialResponse",
      actorToken: `actor-${count}`,
      expireTime: timestampFromMs(clock.nowMs + 300_000),
    };
  };
  return { clock, asked, credentials: createCredentials({ exchangeCredential }, () => clock.nowMs) };
}

/** The token alone, as the mesh gets it. */
async function tokenOf(credentials: Credentials, ...shown: Parameters<Credentials["actor"]>): Promise<string> {
  return (await credentials.actor(...shown)).actorToken;
}

test("whoever shows nothing is a stranger, and auth is not asked", async (t) => {
  const { credentials, asked } = start();
  t.is(await tokenOf(credentials, headers({}), origin), "");
  t.is(await tokenOf(credentials, headers({ cookie: "theme=dark; shopmesh_session=" }), origin), "");
  t.is(asked.length, 0);
});

const exchanged = test.macro({
  exec: async (t, shown: Readonly<Record<string, string>>, kind: string, value: string) => {
    const { credentials, asked } = start();
    t.is(await tokenOf(credentials, headers(shown), origin), "actor-1");
    t.like(asked[0]?.[0], { credential: { case: kind, value } });
  },
  title: (_, shown: Readonly<Record<string, string>> = {}) =>
    `${Object.keys(shown).join(" and ")}: ${Object.values(shown).join(" and ")} is exchanged`,
});
test(exchanged, { cookie: "theme=dark; shopmesh_session=st_a" }, "sessionToken", "st_a");
test(exchanged, { authorization: "Bearer st_a" }, "sessionToken", "st_a");
test(exchanged, { authorization: "bearer ak_a" }, "apiKey", "ak_a");
test(exchanged, { authorization: "Bearer gt_a" }, "guestToken", "gt_a");
test(exchanged, { authorization: "Bearer gt_a", cookie: "shopmesh_session=st_a" }, "guestToken", "gt_a");

test("an actor token passes as it is", async (t) => {
  const { credentials, asked } = start();
  t.is(await tokenOf(credentials, bearer("head.body.signature"), origin), "head.body.signature");
  t.is(asked.length, 0);
});

const malformed = test.macro({
  exec: async (t, authorization: string, reason: string) => {
    const { credentials } = start();
    const error = await t.throwsAsync(tokenOf(credentials, headers({ authorization }), origin));
    t.like(error, { kind: "unauthenticated", reason });
  },
  title: (_, authorization) => `"${authorization}" is refused`,
});
test(malformed, "Basic YTpi", "AUTHORIZATION_MALFORMED");
test(malformed, "Bearer", "AUTHORIZATION_MALFORMED");
test(malformed, "Bearer something", "TOKEN_INVALID");

test("a credential is exchanged once until shortly before its token expires", async (t) => {
  const { credentials, asked, clock } = start();
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-1");
  clock.nowMs += 269_000;
  t.is(await tokenOf(credentials, headers({ cookie: "shopmesh_session=st_a" }), origin), "actor-1");
  clock.nowMs += 2_000;
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-2");
  t.is(asked.length, 2);
});

test("calls at the same moment share one exchange", async (t) => {
  const { credentials, asked } = start();
  const tokens = await Promise.all([1, 2, 3].map(() => tokenOf(credentials, bearer("st_a"), origin)));
  t.deepEqual(tokens, ["actor-1", "actor-1", "actor-1"]);
  t.is(asked.length, 1);
});

test("an exchange does not end with the call that asked first", async (t) => {
  const { credentials, asked } = start();
  const leaving = new AbortController();
  const first = tokenOf(credentials, bearer("st_a"), { ...origin, signal: leaving.signal, deadlineMs: 0 });
  leaving.abort();
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-1");
  t.is(await first, "actor-1");
  const [, from] = asked[0] ?? [];
  t.false(from?.signal.aborted);
  t.true((from?.deadlineMs ?? 0) > 0);
});

test("a refusal is not remembered", async (t) => {
  let isKnown = false;
  const { credentials, asked } = start(() => {
    if (!isKnown) throw new DomainError("unauthenticated", "SESSION_INVALID");
  });
  t.like(await t.throwsAsync(tokenOf(credentials, bearer("st_a"), origin)), { reason: "SESSION_INVALID" });
  isKnown = true;
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-2");
  t.is(asked.length, 2);
});

test("what is forgotten is exchanged anew, however it is shown", async (t) => {
  const { credentials, asked } = start();
  await tokenOf(credentials, headers({ cookie: "shopmesh_session=st_a" }), origin);
  await tokenOf(credentials, bearer("st_b"), origin);
  credentials.forget(bearer("st_a"));
  credentials.forget(headers({}));
  t.is(await tokenOf(credentials, headers({ cookie: "shopmesh_session=st_a" }), origin), "actor-3");
  t.is(await tokenOf(credentials, bearer("st_b"), origin), "actor-2");
  t.is(asked.length, 3);
});

test("a slow refusal of a forgotten credential leaves the newer exchange alone", async (t) => {
  const first = Promise.withResolvers<void>();
  let count = 0;
  const { credentials, asked } = start(() => (count++ === 0 ? first.promise : undefined));
  const early = tokenOf(credentials, bearer("st_a"), origin);
  credentials.forget(bearer("st_a"));
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-2");
  first.reject(new DomainError("unavailable", "AUTH_AWAY"));
  await t.throwsAsync(early);
  t.is(await tokenOf(credentials, bearer("st_a"), origin), "actor-2");
  t.is(asked.length, 2);
});
