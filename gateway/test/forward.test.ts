import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { openDoor, reasonOf } from "./door.ts";

const cookie = { cookie: "shopmesh_session=st_a" };

test("a call goes to the contract's owner as the actor that its token names", async (t) => {
  const { post, sent } = await openDoor(t, { answer: () => ({ order: { number: "E1" } }) });
  const response = await post("order.v1.OrderService/GetOrder", { orderId: "o-1" }, { authorization: "Bearer gt_a" });
  t.is(response.status, 200);
  t.deepEqual(await response.json(), { order: { number: "E1" } });
  t.like(sent, [{ name: "order", path: "/shop.order.v1.OrderService/GetOrder", request: { orderId: "o-1" } }]);
  t.like(sent[0]?.origin, { actorToken: "actor of gt_a", isInTransaction: false });
});

test("a request id is kept, told to the service and told back", async (t) => {
  const { post, sent } = await openDoor(t);
  const response = await post("catalog.v1.CatalogService/ListCategories", {}, { "x-request-id": "click-1" });
  t.is(response.headers.get("x-request-id"), "click-1");
  t.is(sent[0]?.origin.requestId, "click-1");
});

const renamed = test.macro({
  exec: async (t, given: Readonly<Record<string, string>>) => {
    const { post, sent } = await openDoor(t);
    const response = await post("catalog.v1.CatalogService/ListCategories", {}, given);
    t.regex(response.headers.get("x-request-id") ?? "", /^[0-9a-f-]{36}$/);
    t.is(response.headers.get("x-request-id"), sent[0]?.origin.requestId ?? "");
  },
  title: (name) => name ?? "",
});
test("a request without an id gets one", renamed, {});
test("a request id that is no plain word is replaced", renamed, { "x-request-id": "a b" });
test("a request id that is too long is replaced", renamed, { "x-request-id": "a".repeat(65) });

test("a deadline is the caller's; without one the contract's is left to hold", async (t) => {
  const { post, sent } = await openDoor(t);
  await post("catalog.v1.CatalogService/ListCategories", {}, { "connect-timeout-ms": "60000" });
  await post("catalog.v1.CatalogService/ListCategories", {});
  const [first, second] = sent.map(({ origin }) => origin.deadlineMs);
  t.true((first ?? 0) > Date.now() && (first ?? 0) <= Date.now() + 60_000);
  t.is(second, Number.POSITIVE_INFINITY);
});

test("a call is cancelled with its caller", async (t) => {
  const reached = Promise.withResolvers<AbortSignal>();
  const { url } = await openDoor(t, {
    answer: (_, { origin: { signal } }) => {
      reached.resolve(signal);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve({})));
    },
  });
  const leaving = new AbortController();
  const request = fetch(`${url}/shop.catalog.v1.CatalogService/ListCategories`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
    signal: leaving.signal,
  });
  const signal = await reached.promise;
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  leaving.abort();
  await t.throwsAsync(request);
  await aborted;
  t.true(signal.aborted);
});

const unanswered = test.macro({
  async exec(t, error: DomainError, status: number) {
    const { post } = await openDoor(t, { answer: () => Promise.reject(error) });
    const response = await post("catalog.v1.CatalogService/ListCategories", {});
    t.is(response.status, status);
    const body = await response.text();
    t.true(body.includes(`"${error.reason}"`));
    t.notRegex(body, /127[.]0[.]0[.]1|LB pick/);
  },
  title: (name) => name ?? "",
});
const refusedAt = new DomainError("unavailable", "UNAVAILABLE", {}, { message: "connect ECONNREFUSED 127.0.0.1:9006" });
const waitedFor = new DomainError("deadline", "DEADLINE", {}, { message: "exceeded after 5s, Waiting for LB pick" });
test("a stranger is not told where the mesh could not connect to", unanswered, refusedAt, 503);
test("a stranger is not told what the mesh waited for", unanswered, waitedFor, 504);

test("a stream's reader is told no more of it, and when to come back", async (t) => {
  let failure = refusedAt;
  const { url } = await openDoor(t, {
    async *stream() {
      yield await Promise.reject<Record<string, unknown>>(failure);
    },
  });
  const read = async () => {
    const response = await fetch(`${url}/shop.cart.v1.CartService/WatchCart`, {
      method: "POST",
      headers: { "content-type": "application/connect+json" },
      body: Buffer.from([0, 0, 0, 0, 2, 0x7b, 0x7d]),
    });
    return { end: await response.text(), retryAfter: response.headers.get("retry-after") };
  };
  const { end } = await read();
  t.regex(end, /UNAVAILABLE/);
  t.notRegex(end, /ECONNREFUSED/);
  failure = new DomainError("exhausted", "RATE_LIMITED", { retry_after_ms: "1500" });
  t.is((await read()).retryAfter, "2");
});

test("a sign-in issues a cookie that no script can read and no other site can use", async (t) => {
  const { post } = await openDoor(t, { answer: () => ({ sessionToken: "st_new" }) });
  const response = await post("auth.v1.AuthService/SignIn", { email: "a@example.com", password: "x" });
  t.deepEqual(response.headers.getSetCookie(), [
    "shopmesh_session=st_new; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000",
  ]);
});

test("where the shop is reached by https the cookie travels by nothing else", async (t) => {
  const { post } = await openDoor(t, { isSecure: true, answer: () => ({ sessionToken: "st_new" }) });
  const response = await post("auth.v1.AuthService/Register", { email: "a@example.com", password: "x" });
  t.regex(response.headers.getSetCookie()[0] ?? "", /; Secure$/);
});

test("a sign-in that fails issues nothing", async (t) => {
  const { post } = await openDoor(t, {
    answer: () => {
      throw new DomainError("unauthenticated", "CREDENTIALS_WRONG");
    },
  });
  const response = await post("auth.v1.AuthService/SignIn", {}, cookie);
  t.is(response.status, 401);
  t.deepEqual(response.headers.getSetCookie(), []);
  t.is(await reasonOf(response), "CREDENTIALS_WRONG");
});

test("a session is opened for the program at the far end, whose name is told to nobody else", async (t) => {
  const { post, sent } = await openDoor(t, { answer: () => ({ sessionToken: "st_new" }) });
  await post("auth.v1.AuthService/SignIn", {}, { "user-agent": `Opera/9 ${"x".repeat(300)}` });
  await post("catalog.v1.CatalogService/ListCategories", {}, { "user-agent": "Opera/9" });
  t.is(sent[0]?.origin.userAgent, `Opera/9 ${"x".repeat(248)}`);
  t.is(sent[1]?.origin.userAgent, undefined);
});

test("a stale cookie does not keep its holder from signing in", async (t) => {
  const { post, sent, exchanged } = await openDoor(t, {
    isKnown: () => false,
    answer: () => ({ sessionToken: "st_new" }),
  });
  const response = await post("auth.v1.AuthService/SignIn", {}, cookie);
  t.is(response.status, 200);
  t.regex(response.headers.getSetCookie().join(), /^shopmesh_session=st_new;/);
  t.is(sent[0]?.origin.actorToken, "");
  t.deepEqual(exchanged, []);
});

test("a sign-out takes the cookie back and forgets the session", async (t) => {
  const { post, exchanged } = await openDoor(t);
  await post("auth.v1.AuthService/GetSession", {}, cookie);
  const response = await post("auth.v1.AuthService/SignOut", {}, cookie);
  t.deepEqual(response.headers.getSetCookie(), ["shopmesh_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"]);
  t.deepEqual(exchanged, ["st_a"]);
  await post("auth.v1.AuthService/GetSession", {}, cookie);
  t.deepEqual(exchanged, ["st_a", "st_a"]);
});

test("a stale cookie leaves its holder a stranger where strangers are let in", async (t) => {
  const { post, sent } = await openDoor(t, { isKnown: () => false });
  const response = await post("catalog.v1.CatalogService/ListCategories", {}, cookie);
  t.is(response.status, 200);
  t.regex(response.headers.getSetCookie().join(), /Max-Age=0/);
  t.is(sent[0]?.origin.actorToken, "");
});

test("a stale cookie is refused and taken back where somebody is needed", async (t) => {
  const { post, sent } = await openDoor(t, { isKnown: () => false });
  const response = await post("auth.v1.AuthService/GetSession", {}, cookie);
  t.is(response.status, 401);
  t.regex(response.headers.getSetCookie().join(), /Max-Age=0/);
  t.is(await reasonOf(response), "SESSION_INVALID");
  t.deepEqual(sent, []);
});

test("a wrong token is refused even where none is needed: its holder should learn of it", async (t) => {
  const { post, sent } = await openDoor(t, { isKnown: () => false });
  const response = await post("catalog.v1.CatalogService/ListCategories", {}, { authorization: "Bearer ak_a" });
  t.is(response.status, 401);
  t.deepEqual(response.headers.getSetCookie(), []);
  t.deepEqual(sent, []);
});

test("a session that ended since its exchange is forgotten and its cookie taken back", async (t) => {
  const { post, exchanged } = await openDoor(t, {
    answer: () => {
      throw new DomainError("unauthenticated", "SESSION_REVOKED");
    },
  });
  const response = await post("auth.v1.AuthService/GetSession", {}, cookie);
  t.is(await reasonOf(response), "SESSION_REVOKED");
  t.regex(response.headers.getSetCookie().join(), /Max-Age=0/);
  await post("auth.v1.AuthService/GetSession", {}, cookie);
  t.deepEqual(exchanged, ["st_a", "st_a"]);
});

test("an answer that is not for everybody is kept by no cache", async (t) => {
  const { post } = await openDoor(t);
  const own = await post("order.v1.OrderService/ListOrders", {}, cookie);
  const open = await post("catalog.v1.CatalogService/ListCategories", {});
  t.is(own.headers.get("cache-control"), "private, no-store");
  t.is(open.headers.get("cache-control"), null);
});

test("a refusal keeps its code, reason and metadata, and the request id comes once", async (t) => {
  const { post } = await openDoor(t, {
    answer: () => {
      throw new DomainError("not-found", "ORDER_NOT_FOUND", { order_id: "o-1" });
    },
  });
  const response = await post("order.v1.OrderService/GetOrder", { orderId: "o-1" }, { "x-request-id": "click-1" });
  t.is(response.status, 404);
  t.is(response.headers.get("x-request-id"), "click-1");
  t.like(await response.json(), {
    code: "not_found",
    details: [
      {
        type: "shop.common.v1.ErrorInfo",
        debug: { reason: "ORDER_NOT_FOUND", domain: "shopmesh", metadata: { order_id: "o-1" } },
      },
    ],
  });
});

test("a bug behind the door tells a stranger nothing", async (t) => {
  const { post } = await openDoor(t, {
    answer: () => {
      throw new TypeError("password of the database is hunter2");
    },
  });
  const response = await post("catalog.v1.CatalogService/ListCategories", {});
  t.is(response.status, 500);
  const text = await response.text();
  t.regex(text, /internal error/);
  t.notRegex(text, /hunter2/);
});
