import test from "ava";
import { openDoor, reasonOf } from "./door.ts";

const path = "/shop.auth.v1.AuthService/SignIn";
const cookie = "shopmesh_session=st_a";
const own = "http://localhost:8080";
const partner = "https://partner.example";
const stranger = "https://evil.example";

const asked = test.macro({
  exec: async (t, headers: Readonly<Record<string, string>>, status: number) => {
    const { url, sent } = await openDoor(t);
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
    t.is(response.status, status);
    if (status === 403) t.is(await reasonOf(response), "ORIGIN_NOT_ALLOWED");
    t.is(sent.length, status === 200 ? 1 : 0);
  },
  title: (name) => name ?? "",
});
test("a program that shows no cookie may call", asked, {}, 200);
test("the shop's own page may call", asked, { origin: own, cookie }, 200);
test("a listed origin may call with its cookie", asked, { origin: partner, cookie }, 200);
test("another site's page may not call, with a cookie", asked, { origin: stranger, cookie }, 403);
test("another site's page may not sign anybody in", asked, { origin: stranger }, 403);
test("a page without an origin of its own may not call", asked, { origin: "null" }, 403);
test("what looks like a listed origin is none", asked, { origin: `${partner}.evil.example` }, 403);
test("a cross-site request without an origin may not call", asked, { "sec-fetch-site": "cross-site" }, 403);
test("a same-site request is not same-origin", asked, { "sec-fetch-site": "same-site", cookie }, 403);
test("a same-origin request may call", asked, { "sec-fetch-site": "same-origin", cookie }, 200);
test("a cookie that nobody vouches for is refused", asked, { cookie }, 403);
test("a bearer token needs nobody to vouch for it", asked, { cookie, authorization: "Bearer st_a" }, 200);

test("the page's own address is its origin, whatever PUBLIC_URL says", async (t) => {
  const { url, post } = await openDoor(t);
  const response = await post("auth.v1.AuthService/SignOut", {}, { origin: url, cookie });
  t.is(response.status, 200);
});

test("a GET is answered to everybody, and readable by listed origins alone", async (t) => {
  const { url } = await openDoor(t);
  const query = "encoding=json&message=%7B%7D";
  const ask = (origin: string) =>
    fetch(`${url}/shop.catalog.v1.CatalogService/ListCategories?${query}`, { headers: { origin } });
  const [listed, other] = await Promise.all([ask(partner), ask(stranger)]);
  t.is(listed.headers.get("access-control-allow-origin"), partner);
  t.is(listed.headers.get("access-control-allow-credentials"), "true");
  t.regex(listed.headers.get("access-control-expose-headers") ?? "", /retry-after/);
  t.is(other.headers.get("access-control-allow-origin"), null);
  for (const response of [listed, other]) t.regex(response.headers.get("vary") ?? "", /origin/);
});

test("a preflight of a listed origin is told what it may send; of another it is refused", async (t) => {
  const { url } = await openDoor(t);
  const ask = (origin: string) =>
    fetch(url + path, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  const listed = await ask(partner);
  t.is(listed.status, 204);
  t.regex(listed.headers.get("access-control-allow-headers") ?? "", /connect-timeout-ms/);
  const other = await ask(stranger);
  t.is(other.status, 403);
  t.is(await reasonOf(other), "ORIGIN_NOT_ALLOWED");
});

test("browsers are told to stay with https where the shop is reached by it, and only there", async (t) => {
  const [plain, secure] = await Promise.all([openDoor(t), openDoor(t, { isSecure: true })]);
  const header = async (url: string) => (await fetch(`${url}/healthz`)).headers.get("strict-transport-security");
  t.is(await header(plain.url), null);
  t.regex((await header(secure.url)) ?? "", /max-age=31536000/);
});
