import { randomUUID } from "node:crypto";
import test from "ava";
import { payPalStandard } from "../../src/index.ts";
import { getJson, hourMs, postJson, setClock, startWorld, switchOn, type World } from "../world.ts";

type Answer = { readonly status: number; readonly body: Record<string, unknown> };

/** A question to PayPal, with the shop's token. */
async function ask(world: World, path: string, body?: object, key: string = randomUUID()): Promise<Answer> {
  const { clientId, clientSecret } = payPalStandard;
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const granted = await fetch(`${world.url}/v1/oauth2/token`, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token: token } = (await granted.json()) as { readonly access_token: string };
  const response = await fetch(`${world.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "paypal-request-id": key, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
}

const eur = (value: string) => ({ currency_code: "EUR", value });
const orderOf = (amount = eur("10.00")) => ({
  intent: "AUTHORIZE",
  purchase_units: [{ amount, custom_id: "payment-1" }],
  payment_source: {
    paypal: { experience_context: { return_url: "http://shop.test/back", cancel_url: "http://shop.test/off" } },
  },
});

/** The name of an authorisation that somebody has agreed to. */
async function promise(world: World, payer = "buyer"): Promise<string> {
  const { body: order } = await ask(world, "/v2/checkout/orders", orderOf());
  await postJson(`${world.url}/paypal/checkoutnow/${String(order["id"])}/approve?payer=${payer}@paypal.test`, {}).catch(
    () => undefined,
  );
  const { body } = await ask(world, `/v2/checkout/orders/${String(order["id"])}/authorize`, {});
  const [unit] = body["purchase_units"] as readonly {
    readonly payments: { readonly authorizations: readonly { readonly id: string }[] };
  }[];
  return unit?.payments.authorizations[0]?.id ?? "";
}

function issueOf({ body }: Answer): unknown {
  const [detail] = body["details"] as readonly { readonly issue: string }[];
  return detail?.issue;
}

test("whoever is not the shop is refused", async (t) => {
  const world = await startWorld(t);
  t.is((await fetch(`${world.url}/v2/checkout/orders/X`)).status, 401);
  const wrong = await fetch(`${world.url}/v1/oauth2/token`, {
    method: "POST",
    headers: { authorization: "Basic eDp5" },
  });
  t.is(wrong.status, 401);
});

test("a request id asked again answers how the thing stands now; with another body it is refused", async (t) => {
  const world = await startWorld(t);
  const first = await ask(world, "/v2/checkout/orders", orderOf(), "key-1");
  t.is(first.status, 201);
  const id = String(first.body["id"]);
  await fetch(`${world.url}/paypal/checkoutnow/${id}/approve`, { method: "POST", redirect: "manual" });
  const again = await ask(world, "/v2/checkout/orders", orderOf(), "key-1");
  t.like(again, { status: 200, body: { id, status: "APPROVED" } });
  t.is(issueOf(await ask(world, "/v2/checkout/orders", orderOf(eur("11.00")), "key-1")), "DUPLICATE_REQUEST_ID");
});

test("a payer is sent back with the order's name, whether they agree or not", async (t) => {
  const world = await startWorld(t);
  const { body } = await ask(world, "/v2/checkout/orders", orderOf());
  const id = String(body["id"]);
  const page = await (await fetch(`${world.url}/paypal/checkoutnow?token=${id}`)).text();
  t.true(page.includes("EUR 10.00"));
  const at = async (deed: string) =>
    (await fetch(`${world.url}/paypal/checkoutnow/${id}/${deed}`, { redirect: "manual" })).headers.get("location");
  t.is(await at("cancel"), `http://shop.test/off?token=${id}`);
  t.is(await at("approve"), `http://shop.test/back?token=${id}&PayerID=SANDBOXPAYER1`);
});

const refusedAmount = test.macro({
  exec: async (t, amount: object, issue: string) => {
    const world = await startWorld(t);
    t.is(issueOf(await ask(world, "/v2/checkout/orders", orderOf(amount as ReturnType<typeof eur>))), issue);
  },
  title: (_, amount, issue) => `PayPal refuses ${JSON.stringify(amount)}: ${issue}`,
});
test(refusedAmount, { currency_code: "HUF", value: "10.50" }, "DECIMALS_NOT_SUPPORTED");
test(refusedAmount, { currency_code: "EUR", value: "1.234" }, "DECIMAL_PRECISION");
test(refusedAmount, { currency_code: "KWD", value: "1.23" }, "CURRENCY_NOT_SUPPORTED");
test(refusedAmount, { currency_code: "EUR", value: "0.00" }, "CANNOT_BE_ZERO_OR_NEGATIVE");

test("captures, renewals and voids keep to PayPal's rules", async (t) => {
  const world = await startWorld(t);
  const [first, second] = [await promise(world), await promise(world)];
  const at = (id: string, deed: string, body = {}) => ask(world, `/v2/payments/authorizations/${id}/${deed}`, body);
  t.is(issueOf(await at(first, "reauthorize")), "REAUTHORIZATION_TOO_SOON");
  t.is(issueOf(await at(first, "capture", { amount: eur("10.01") })), "MAX_CAPTURE_AMOUNT_EXCEEDED");
  t.is((await at(first, "capture", { amount: eur("4.00") })).status, 201);
  await setClock(world, 73 * hourMs);
  const renewed = await at(second, "reauthorize");
  t.is(renewed.status, 201);
  t.is(issueOf(await at(String(renewed.body["id"]), "void")), "CANNOT_BE_VOIDED");
  t.is((await at(second, "void")).status, 200);
  t.is(issueOf(await at(second, "void")), "PREVIOUSLY_VOIDED");
  await setClock(world, 30 * 24 * hourMs);
  t.is(issueOf(await at(first, "capture", { amount: eur("1.00") })), "AUTHORIZATION_VOIDED");
  const { entries } = await getJson<{
    readonly entries: readonly { readonly operation: string; readonly amount: number }[];
  }>(`${world.url}/sandbox/ledger?metadata[payment_id]=payment-1`);
  t.deepEqual(
    entries.map(({ operation, amount }) => `${operation} ${amount}`),
    ["authorize 1000", "authorize 1000", "capture 400", "void 1000", "expire 600"],
  );
});

test("verify-webhook-signature knows its own messages from others", async (t) => {
  const world = await startWorld(t);
  await ask(world, "/v2/checkout/orders", orderOf());
  await promise(world);
  await world.receiver.until((all) => all.length > 0);
  const [received] = world.receiver.received;
  const headers = received?.headers ?? {};
  const told = (name: string) => String(headers[`paypal-${name}`]);
  const message = {
    transmission_id: told("transmission-id"),
    transmission_time: told("transmission-time"),
    cert_url: told("cert-url"),
    auth_algo: told("auth-algo"),
    transmission_sig: told("transmission-sig"),
    webhook_id: payPalStandard.webhookId,
    webhook_event: JSON.parse(received?.body ?? "{}") as object,
  };
  const verify = async (body: object) => (await ask(world, "/v1/notifications/verify-webhook-signature", body)).body;
  t.deepEqual(await verify(message), { verification_status: "SUCCESS" });
  t.deepEqual(await verify({ ...message, transmission_id: "other" }), { verification_status: "FAILURE" });
  const pem = await (await fetch(message.cert_url)).text();
  t.regex(pem, /^-----BEGIN CERTIFICATE-----/);
});

test("a fault may cost an answer after the money moved", async (t) => {
  const world = await startWorld(t);
  const id = await promise(world);
  await switchOn(world, { provider: "paypal", kind: "error", operation: "captureAuthorization", status: 503 });
  t.is((await ask(world, `/v2/payments/authorizations/${id}/capture`, {})).status, 503);
  await switchOn(world, { provider: "paypal", kind: "resetAfter", operation: "captureAuthorization" });
  await t.throwsAsync(ask(world, `/v2/payments/authorizations/${id}/capture`, { final_capture: true }, "key-2"));
  const again = await ask(world, `/v2/payments/authorizations/${id}/capture`, { final_capture: true }, "key-2");
  t.like(again, { status: 200, body: { status: "COMPLETED" } });
});
