import { request } from "node:http";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import test from "ava";
import { openDoor, reasonOf } from "./door.ts";

const getProduct = "catalog.v1.CatalogService/GetProduct";
const signIn = "auth.v1.AuthService/SignIn";
const password = { email: "mira@example.org", password: "a wrong long one" };

test("every answer says how its address stands", async (t) => {
  const { post, url } = await openDoor(t, { perAddress: 50 });
  const first = await post(getProduct, { id: "p-1" });
  t.is(first.headers.get("ratelimit-policy"), '"address";q=50;w=60');
  t.regex(first.headers.get("ratelimit") ?? "", /^"address";r=49;t=(60|[1-5]?\d)$/);
  const missing = await fetch(`${url}/nothing`);
  t.regex(missing.headers.get("ratelimit") ?? "", /^"address";r=48;/);
});

test("an address that asks too often is refused, and told when to come back; the others are not", async (t) => {
  const { post, sent } = await openDoor(t, { perAddress: 3, trustedProxies: "127.0.0.0/8" });
  const from = (address: string) => post(getProduct, { id: "p-1" }, { "x-forwarded-for": address });
  for (let call = 0; call < 3; call++) t.is((await from("192.0.2.1")).status, 200);
  const refused = await from("192.0.2.1");
  t.is(refused.status, 429);
  t.true(Number(refused.headers.get("retry-after")) > 50);
  t.regex(refused.headers.get("ratelimit") ?? "", /^"address";r=0;t=/);
  t.is(await reasonOf(refused), "RATE_LIMITED");
  t.is(sent.length, 3);
  t.is((await from("192.0.2.2")).status, 200);
});

test("a client's own X-Forwarded-For buys it no other address", async (t) => {
  const { post } = await openDoor(t, { perAddress: 2 });
  const statuses: number[] = [];
  for (let call = 0; call < 3; call++) {
    statuses.push((await post(getProduct, { id: "p-1" }, { "x-forwarded-for": `192.0.2.${call}` })).status);
  }
  t.deepEqual(statuses, [200, 200, 429]);
});

test("a person is counted over all addresses, and strangers are not counted as one", async (t) => {
  const { post } = await openDoor(t, { perPrincipal: 2, trustedProxies: "127.0.0.0/8" });
  const as = (token: string, address: string) =>
    post(getProduct, { id: "p-1" }, { authorization: `Bearer ${token}`, "x-forwarded-for": address });
  t.regex((await as("st_a", "192.0.2.1")).headers.get("ratelimit") ?? "", /^"principal";r=1;/);
  t.is((await as("st_a", "192.0.2.2")).status, 200);
  const refused = await as("st_a", "192.0.2.3");
  t.is(refused.status, 429);
  t.truthy(refused.headers.get("retry-after"));
  t.is((await as("st_b", "192.0.2.1")).status, 200);
  for (let call = 0; call < 3; call++) t.is((await post(getProduct, { id: "p-1" })).status, 200);
});

test("signing in has the limit that its contract declares: thirty in a minute from one address", async (t) => {
  const { post, sent } = await openDoor(t, { trustedProxies: "127.0.0.0/8" });
  const from = (address: string) => post(signIn, password, { "x-forwarded-for": address });
  const answers = await Promise.all(Array.from({ length: 40 }, () => from("192.0.2.1")));
  t.is(answers.filter(({ status }) => status === 200).length, 30);
  t.is(answers.filter(({ status }) => status === 429).length, 10);
  t.is(sent.length, 30);
  const other = await from("192.0.2.2");
  t.is(other.headers.get("ratelimit-policy"), '"shop.auth.v1.AuthService/SignIn:address";q=30;w=60');
});

test("whoever guesses coupons is counted by address, whatever guests' tokens are invented for it", async (t) => {
  const { post, sent } = await openDoor(t);
  const guess = (token: string) =>
    post("promotion.v1.PromotionService/ExplainCoupon", { couponCode: "A" }, { authorization: `Bearer ${token}` });
  const answers = await Promise.all(Array.from({ length: 70 }, (_, call) => guess(`gt_invented${call}`)));
  t.is(answers.filter(({ status }) => status === 429).length, 10);
  t.is(sent.length, 60);
});

test("the called service learns the client's address from the gateway alone", async (t) => {
  const { post, sent } = await openDoor(t);
  await post(signIn, password, { "x-mesh-client-address": "192.0.2.9", "x-mesh-criticality": "critical" });
  t.is(sent[0]?.origin.clientAddress, "127.0.0.1");
  t.is(sent[0]?.origin.criticality, undefined);
});

test("health is answered whatever the address has asked before", async (t) => {
  const { url } = await openDoor(t, { perAddress: 1, door: { hasRoom: () => false, isTaken: () => false } });
  for (let call = 0; call < 3; call++) t.is((await fetch(`${url}/healthz`)).status, 200);
});

/** Asks for `target` as it stands there: `fetch` would resolve it first. */
async function ask(url: string, target: string): Promise<{ readonly status: number; readonly policy: unknown }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; policy: unknown }>();
  const asking = request(url, { path: target }, (response) => {
    response.resume();
    resolve({ status: response.statusCode ?? 0, policy: response.headers["ratelimit-policy"] });
  });
  asking.on("error", reject).end();
  return promise;
}

const key = "catalog/pictures/kettle.svg";

const judgedAsAnswered = test.macro({
  exec: async (t, target: string, status: number, limit: string) => {
    const { url, storage } = await openDoor(t, { perAddress: 1 });
    await storage.put(key, Buffer.from("<svg/>"), "image/svg+xml");
    const { status: told, policy } = await ask(url, target);
    t.is(told, status);
    t.regex(String(policy), new RegExp(`^"${limit}";`));
    if (limit === "address") t.is((await ask(url, target)).status, 429);
  },
  title: (_, target: string, status, limit) => `GET ${target} counts for "${limit}" and is ${status}`,
});
test(judgedAsAnswered, `/media/${key}`, 200, "address");
test(judgedAsAnswered, `http://shop.example.com/media/${key}?a=b`, 200, "address");
test(judgedAsAnswered, `/grpc.x/../media/${key}`, 404, "address");
test(judgedAsAnswered, `/grpc.x/%2e%2e/media/${key}`, 404, "address");
test(judgedAsAnswered, `/grpc.x\\..\\media/${key}`, 404, "address");
test(judgedAsAnswered, "/grpc.health.v1.Health/Nothing", 404, "address");
test(judgedAsAnswered, `/healthz/../media/${key}`, 404, "address");
test(judgedAsAnswered, "//grpc.x/healthz", 404, "address");
test(judgedAsAnswered, "//healthz", 404, "address");
test(judgedAsAnswered, `//shop.example.com/media/${key}`, 404, "address");
test(judgedAsAnswered, `/media/nothing/../${key}`, 400, "address");
test(judgedAsAnswered, `/webhooks/../media/${key}`, 404, "webhook-address");

test("health and reflection are not counted, by whatever form of their target", async (t) => {
  const { url } = await openDoor(t, { perAddress: 1 });
  for (const target of ["/healthz?verbose", "http://shop.example.com/healthz", "/grpc.health.v1.Health/Check"]) {
    t.is((await ask(url, target)).policy, undefined, target);
  }
});

test("a provider's webhooks have ten times the room, and do not use up what its address may ask", async (t) => {
  const { url, post } = await openDoor(t, { perAddress: 1 });
  for (let call = 0; call < 10; call++) {
    t.is((await fetch(`${url}/webhooks/stripe`, { method: "POST", body: "{}" })).status, 200);
  }
  t.is((await fetch(`${url}/webhooks/stripe`, { method: "POST", body: "{}" })).status, 429);
  t.is((await post(getProduct, { id: "p-1" })).status, 200);
});

test("a full gateway refuses at once, what matters least first, and nothing reaches the mesh", async (t) => {
  const hasRoom = (criticality: Criticality) => criticality === Criticality.CRITICAL;
  const { post, sent } = await openDoor(t, { door: { hasRoom } });
  const refused = await post(getProduct, { id: "p-1" });
  t.is(refused.status, 503);
  t.is(refused.headers.get("retry-after"), "1");
  t.is(await reasonOf(refused), "OVERLOADED");
  t.is(sent.length, 0);
  t.is((await post("cart.v1.CartService/GetCart", { cartId: "0190a5b2-7c3e-7000-8000-000000000001" })).status, 200);
});

test("what its service would refuse is refused at the door", async (t) => {
  const door = { isTaken: (name: string) => name !== "catalog" };
  const { post } = await openDoor(t, { door });
  t.is(await reasonOf(await post(getProduct, { id: "p-1" })), "OVERLOADED");
  t.is((await post(signIn, password)).status, 200);
});

const transports = {
  "Connect JSON": (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect binary over HTTP/2": (baseUrl: string) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  gRPC: (baseUrl: string) => createGrpcTransport({ baseUrl }),
  "gRPC-Web": (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
};

for (const [name, open] of Object.entries(transports)) {
  test(`an overload and a limit are told to ${name} in its own words`, async (t) => {
    const full = await openDoor(t, { door: { hasRoom: () => false } });
    const limited = await openDoor(t, { perAddress: 1 });
    const { getProduct: first } = createClient(CatalogService, open(full.url));
    like(await t.throwsAsync(first({})), Code.Unavailable, "OVERLOADED");
    const { watchAvailability } = createClient(InventoryService, open(full.url));
    const watching = (async () => {
      for await (const message of watchAvailability({ skus: ["MUG-1"] })) t.fail(message.$typeName);
    })();
    like(await t.throwsAsync(watching), Code.Unavailable, "OVERLOADED");
    const { getProduct: second } = createClient(CatalogService, open(limited.url));
    await second({});
    like(await t.throwsAsync(second({})), Code.ResourceExhausted, "RATE_LIMITED");

    function like(error: unknown, code: Code, reason: string): void {
      const found = ConnectError.from(error);
      t.is(found.code, code);
      t.is(found.findDetails(ErrorInfoSchema)[0]?.reason, reason);
    }
  });
}
