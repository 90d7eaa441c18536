import { once } from "node:events";
import { connect } from "node:http2";
import test from "ava";
import { openDoor } from "./door.ts";

const query = "connect=v1&encoding=json&message=%7B%7D";
const open = `/shop.catalog.v1.CatalogService/ListCategories?${query}`;
const own = `/shop.order.v1.OrderService/ListOrders?${query}`;

test("a stranger's answer may be kept by anybody for a moment, and asked for again by its name", async (t) => {
  const { url } = await openDoor(t, { answer: () => ({ categories: [{ id: "tea" }] }) });
  const first = await fetch(url + open);
  const etag = first.headers.get("etag") ?? "";
  t.regex(etag, /^W\/"[\w-]{27}"$/);
  t.is(first.headers.get("cache-control"), "public, max-age=60");
  t.regex(first.headers.get("vary") ?? "", /origin, authorization, cookie, accept-encoding/);
  for (const known of [etag, `"other", ${etag}`, "*"]) {
    const again = await fetch(url + open, { headers: { "if-none-match": known } });
    t.is(again.status, 304);
    t.is(again.headers.get("etag"), etag);
    t.is(await again.text(), "");
  }
  const other = await fetch(url + open, { headers: { "if-none-match": '"other"' } });
  t.is(other.status, 200);
});

test("an answer has another name when it is another answer", async (t) => {
  let id = "tea";
  const { url } = await openDoor(t, { answer: () => ({ categories: [{ id }] }) });
  const first = (await fetch(url + open)).headers.get("etag") ?? "";
  id = "coffee";
  const second = await fetch(url + open, { headers: { "if-none-match": first } });
  t.is(second.status, 200);
  t.like(await second.json(), { categories: [{ id: "coffee" }] });
});

test("a stranger's answer whose contract names no max_age is asked for again each time", async (t) => {
  const { url } = await openDoor(t, { answer: () => ({ availability: [{ sku: "MUG-1" }] }) });
  const message = encodeURIComponent(JSON.stringify({ skus: ["MUG-1"] }));
  const stock = `/shop.inventory.v1.InventoryService/GetAvailability?connect=v1&encoding=json&message=${message}`;
  const first = await fetch(url + stock);
  t.is(first.status, 200);
  t.is(first.headers.get("cache-control"), "no-cache");
  const again = await fetch(url + stock, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
  t.is(again.status, 304);
});

test("an answer to somebody is kept by nobody else", async (t) => {
  const { url } = await openDoor(t);
  const headers = { authorization: "Bearer st_a" };
  const public_ = await fetch(url + open, { headers });
  t.is(public_.headers.get("cache-control"), "private, no-cache");
  const private_ = await fetch(url + own, { headers });
  t.is(private_.headers.get("cache-control"), "private, no-store");
  t.is(private_.headers.get("etag"), null);
});

test("a POST is named by no ETag, and a refusal is not kept", async (t) => {
  const { url, post } = await openDoor(t);
  t.is((await post("catalog.v1.CatalogService/ListCategories", {})).headers.get("etag"), null);
  const refused = await fetch(url + open.replace("json", "xml"));
  t.is(refused.headers.get("cache-control"), "no-store");
});

test("a HEAD tells of the answer without it", async (t) => {
  const { url, sent } = await openDoor(t, { answer: () => ({ categories: [{ id: "tea" }] }) });
  const response = await fetch(url + open, { method: "HEAD" });
  t.is(response.status, 200);
  t.true(Number(response.headers.get("content-length")) > 10);
  t.truthy(response.headers.get("etag"));
  t.is(await response.text(), "");
  t.is(sent.length, 1);
});

test("a HEAD over HTTP/2 tells of the answer without it", async (t) => {
  const { url } = await openDoor(t, { answer: () => ({ categories: [{ id: "tea" }] }) });
  const session = connect(url);
  t.teardown(() => session.destroy());
  const stream = session.request({ ":method": "HEAD", ":path": open });
  const [headers] = await once(stream, "response");
  t.is(headers[":status"], 200);
  t.truthy(headers["etag"]);
  t.deepEqual(await stream.toArray(), []);
});

test("a long answer is compressed for who takes gzip, and has the same name", async (t) => {
  const { url } = await openDoor(t, { answer: () => ({ categories: [{ id: "x".repeat(5_000) }] }) });
  const [plain, zipped] = await Promise.all(
    ["identity", "gzip"].map((encoding) => fetch(url + open, { headers: { "accept-encoding": encoding } })),
  );
  t.is(plain?.headers.get("content-encoding"), null);
  t.is(zipped?.headers.get("content-encoding"), "gzip");
  t.is(plain?.headers.get("etag"), zipped?.headers.get("etag"));
  t.deepEqual(await plain?.json(), await zipped?.json());
});
