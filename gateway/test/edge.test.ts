import type { ReceiveStripeEventRequest } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { openDoor, reasonOf } from "./door.ts";

test("a path that is nobody's is refused as an RPC would be", async (t) => {
  const { url } = await openDoor(t);
  const response = await fetch(`${url}/nowhere?x=1`);
  t.is(response.status, 404);
  t.is(response.headers.get("content-type"), "application/json");
  t.is(response.headers.get("x-content-type-options"), "nosniff");
  t.like(await response.json(), {
    code: "not_found",
    details: [{ type: "shop.common.v1.ErrorInfo", debug: { reason: "PATH_UNKNOWN", metadata: { path: "/nowhere" } } }],
  });
});

test("the gateway is healthy whatever is behind it, and ready when that is", async (t) => {
  const { url } = await openDoor(t, { isReady: false });
  t.is((await fetch(`${url}/healthz`)).status, 200);
  const response = await fetch(`${url}/readyz`);
  t.is(response.status, 503);
  t.deepEqual(await response.json(), { ready: false, parts: { order: { ready: false } } });
});

test("a webhook's method gets the raw body and the headers, but no credentials", async (t) => {
  const { url, sent, exchanged } = await openDoor(t);
  const body = Buffer.from([0x7b, 0x0a, 0xff, 0x00, 0x7d]);
  const response = await fetch(`${url}/webhooks/stripe`, {
    method: "POST",
    headers: {
      "stripe-signature": "t=1,v1=abc",
      "content-type": "application/json",
      authorization: "Bearer st_a",
      cookie: "shopmesh_session=st_a",
    },
    body,
  });
  t.is(response.status, 200);
  t.deepEqual(await response.json(), { received: true });
  t.like(sent, [{ name: "payment", path: "/shop.payment.v1.PaymentService/ReceiveStripeEvent" }]);
  const received = sent[0]?.request as unknown as ReceiveStripeEventRequest | undefined;
  const { headers = {} } = received ?? {};
  t.deepEqual(Buffer.from(received?.body ?? []), body);
  t.like(headers, { "stripe-signature": "t=1,v1=abc", "content-type": "application/json" });
  t.false("authorization" in headers || "cookie" in headers);
  t.is(sent[0]?.origin.actorToken, "");
  t.deepEqual(exchanged, []);
});

test("a webhook that is refused is not taken: its sender sends it again", async (t) => {
  const { url } = await openDoor(t, {
    answer: () => {
      throw new DomainError("unavailable", "PAYMENT_AWAY");
    },
  });
  const response = await fetch(`${url}/webhooks/stripe`, { method: "POST", body: "{}" });
  t.is(response.status, 503);
  t.is(await reasonOf(response), "PAYMENT_AWAY");
});

const unknownWebhook = test.macro({
  exec: async (t, method: string, name: string) => {
    const { url, sent } = await openDoor(t);
    const response = await fetch(`${url}/webhooks/${name}`, { method });
    t.is(response.status, 404);
    t.is(await reasonOf(response), "WEBHOOK_UNKNOWN");
    t.deepEqual(sent, []);
  },
  title: (_, method, name) => `${method} /webhooks/${name} is no webhook`,
});
test(unknownWebhook, "POST", "nobody");
test(unknownWebhook, "POST", "");
test(unknownWebhook, "POST", "stripe/more");
test(unknownWebhook, "GET", "stripe");

test("a webhook's body of more than 1 MiB is refused in words, by the same connection", async (t) => {
  const { url, sent } = await openDoor(t);
  const response = await fetch(`${url}/webhooks/stripe`, { method: "POST", body: Buffer.alloc(3 * 1024 * 1024) });
  t.is(response.status, 413);
  t.is(await reasonOf(response), "BODY_TOO_LARGE");
  t.deepEqual(sent, []);
});

const key = "catalog/pictures/kettle.svg";
const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

test("an object is shown for ever, and what is in it never runs", async (t) => {
  const { url, storage } = await openDoor(t);
  await storage.put(key, Buffer.from(drawing), "image/svg+xml");
  const response = await fetch(`${url}${storage.publicUrl(key)}`);
  t.is(response.status, 200);
  t.is(await response.text(), drawing);
  t.is(response.headers.get("content-type"), "image/svg+xml");
  t.is(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
  t.is(response.headers.get("content-security-policy"), "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  t.is(response.headers.get("x-content-type-options"), "nosniff");
});

test("pages of other origins may show an object, and nothing else", async (t) => {
  const { url, storage } = await openDoor(t);
  await storage.put(key, Buffer.from(drawing), "image/svg+xml");
  const policyOf = async (path: string) => (await fetch(url + path)).headers.get("cross-origin-resource-policy");
  t.is(await policyOf(storage.publicUrl(key)), "cross-origin");
  t.is(await policyOf("/media/catalog/nothing.svg"), "same-origin");
  t.is(await policyOf("/healthz"), "same-origin");
});

test("a HEAD tells of an object without it", async (t) => {
  const { url, storage } = await openDoor(t);
  await storage.put(key, Buffer.from(drawing), "image/svg+xml");
  const response = await fetch(`${url}${storage.publicUrl(key)}`, { method: "HEAD" });
  t.is(response.status, 200);
  t.is(await response.text(), "");
});

const notShown = test.macro({
  exec: async (t, path: string, status: number, reason: string, method?: string) => {
    const { url } = await openDoor(t);
    const response = await fetch(`${url}${path}`, { method: method ?? "GET" });
    t.is(response.status, status);
    t.is(await reasonOf(response), reason);
  },
  title: (_, path: string, status: number, _reason: string, method = "GET") => `${method} ${path} is ${status}`,
});
test(notShown, "/media/catalog/nothing.svg", 404, "MEDIA_NOT_FOUND");
test(notShown, "/media/", 400, "STORAGE_KEY_INVALID");
test(notShown, "/media/..%2F..%2Fetc%2Fpasswd", 400, "STORAGE_KEY_INVALID");
test(notShown, "/media/%zz", 400, "STORAGE_KEY_INVALID");
test(notShown, "/media/catalog/nothing.svg", 405, "METHOD_NOT_ALLOWED", "DELETE");
test(notShown, "/media/catalog/nothing.svg", 403, "UPLOAD_URL_INVALID", "PUT");

function uploadOf({ storage, nowMs }: Awaited<ReturnType<typeof openDoor>>, expireMs = nowMs + 60_000): string {
  return storage.uploadUrl(key, { contentType: "image/svg+xml", maxBytes: 1_000, expireMs });
}

function put(url: string, body: string, contentType = "image/svg+xml"): Promise<Response> {
  return fetch(url, { method: "PUT", headers: { "content-type": contentType }, body });
}

test("a signed upload is kept and shown", async (t) => {
  const door = await openDoor(t);
  const response = await put(`${door.url}${uploadOf(door)}`, drawing);
  t.is(response.status, 200);
  t.deepEqual(await response.json(), { key });
  t.is(await (await fetch(`${door.url}/media/${key}`)).text(), drawing);
});

test("an upload of another key, type, size or time than was signed for is refused and not kept", async (t) => {
  const door = await openDoor(t);
  const signed = `${door.url}${uploadOf(door)}`;
  const refused = [
    await put(signed.replace("kettle", "teapot"), drawing),
    await put(signed.replace("max=1000", "max=9000"), drawing),
    await put(signed.replace(/signature=.*/, ""), drawing),
    await put(`${door.url}${uploadOf(door, door.nowMs)}`, drawing),
    await put(signed, drawing, "text/html"),
    await put(signed, "x".repeat(1_001)),
  ];
  const told = await Promise.all(refused.map(async (response) => `${response.status} ${await reasonOf(response)}`));
  t.deepEqual(told, [
    "403 UPLOAD_URL_INVALID",
    "403 UPLOAD_URL_INVALID",
    "403 UPLOAD_URL_INVALID",
    "403 UPLOAD_URL_EXPIRED",
    "415 CONTENT_TYPE_MISMATCH",
    "413 BODY_TOO_LARGE",
  ]);
  t.is(await door.storage.get(key), undefined);
});

test("after a refused upload the door goes on", async (t) => {
  const door = await openDoor(t);
  const signed = `${door.url}${uploadOf(door)}`;
  await (await put(signed, "x".repeat(500_000))).body?.cancel();
  t.is((await put(signed, drawing)).status, 200);
});
