import { cards, fillCart, orderStates, place, quote, skusOfSellers, watchUntil } from "./order.ts";
import { openOutside } from "./outside.ts";
import { available } from "./shelf.ts";
import { type Json, list, object, openShop, text } from "./shop.ts";
import { wholeTrace } from "./trace.ts";

/**
 * `npm run story`: one order from the shelf to the door, told as it happens, over plain JSON at the gateway's address.
 * Then the two that end otherwise: a declined card, and a payer who must confirm.
 */
const gatewayUrl = process.env["GATEWAY_URL"] ?? "http://127.0.0.1:8080";
const sandboxUrl = process.env["SANDBOX_URL"] ?? "http://127.0.0.1:9090";
const adminSignIn = {
  email: "admin@shopmesh.example",
  password: process.env["ADMIN_PASSWORD"] ?? "admin-demo-1",
};
const COUPON = "WELCOME10";
const PARCEL_TRAVEL_S = 60 * 3_600;

const hops = ["gateway", "order", "cart", "inventory", "payment", "promotion", "notification"];

const shop = openShop(gatewayUrl);
const outside = openOutside(sandboxUrl);
const email = `ada-${Date.now()}@example.com`;

await delivered();
await declined();
await confirmedByPayer();
say("the end", "everything above was read back from the running mesh");

async function delivered(): Promise<void> {
  const skus = await skusOfSellers(shop, 2);
  say("browse", `two sellers, one thing of each: ${skus.join(" and ")}`);
  const guest = await fillCart(shop, skus, COUPON);
  const cart = object(
    await shop.call("shop.cart.v1.CartService/GetCart", { cartId: guest.cartId }, guest.token),
    "cart",
  );
  say("cart", `${money(cart, "subtotal")} less ${money(cart, "discountTotal")} by ${COUPON}: ${money(cart, "total")}`);
  const quoted = await quote(shop, guest, email);
  say(
    "quote",
    `${list(quoted, "sellers").length} parcels, with shipping ${money(object(quoted, "totals"), "total")}, tax in it ${money(object(quoted, "totals"), "tax")}`,
  );
  const placed = await place(shop, guest, text(quoted, "id"), cards.good);
  expect(placed.state, "CONFIRMED", placed.answer);
  const numbers = placed.orders.map((order) => text(order, "number"));
  say("place", `${placed.state}: orders ${numbers.join(" and ")}`);
  const admin = text(await shop.call("shop.auth.v1.AuthService/SignIn", adminSignIn), "sessionToken");
  const journey = watchUntil(
    shop,
    placed,
    (group) => orderStates(group).every((state) => state === "COMPLETED"),
    60_000,
  );
  await watchUntil(shop, placed, (group) =>
    list(group, "orders").every((order) => text(order, "fulfilmentState").endsWith("_PLANNED")),
  );
  await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, admin);
  say("clock", `${PARCEL_TRAVEL_S / 3_600} hours pass`);
  for (const message of await journey)
    for (const entry of list(message, "entries")) say("live", text(entry, "summary"));
  await readMail(numbers[0] ?? "");
  await showTrace(numbers[0] ?? "", admin);
}

async function declined(): Promise<void> {
  const [sku = ""] = await skusOfSellers(shop, 1);
  const before = await available(shop, sku);
  const guest = await fillCart(shop, [sku], COUPON);
  const placed = await place(shop, guest, text(await quote(shop, guest, email), "id"), cards.declined);
  expect(placed.state, "REJECTED", placed.answer);
  say("declined", `${placed.state}: ${text(placed.answer, "rejectReason")}`);
  expect(await available(shop, sku), before, placed.answer);
  const { net, held } = await outside.money(placed.groupId);
  expect(net + held, 0, placed.answer);
  const again = object(
    await shop.call("shop.cart.v1.CartService/GetCart", { cartId: guest.cartId }, guest.token),
    "cart",
  );
  expect(text(again, "couponProblem"), "", again);
  say("undone", `${before} pieces again for sale, the coupon is free, nothing was charged`);
}

async function confirmedByPayer(): Promise<void> {
  const [sku = ""] = await skusOfSellers(shop, 1);
  const guest = await fillCart(shop, [sku]);
  const placed = await place(shop, guest, text(await quote(shop, guest, email), "id"), cards.threeDSecure);
  expect(placed.state, "REQUIRES_ACTION", placed.answer);
  const url = text(placed.answer, "actionUrl");
  say("3-D Secure", `${placed.state}: the payer goes to ${new URL(url).pathname}`);
  const confirmed = watchUntil(shop, placed, (group) =>
    orderStates(group).every((state) => state !== "PENDING" && state !== "PLACED"),
  );
  await outside.passCheck(url);
  const last = (await confirmed).at(-1);
  expect(text(object(last, "group"), "state"), "CHECKOUT_STATE_CONFIRMED", last ?? {});
  say("3-D Secure", "the payer confirms: CONFIRMED");
}

async function readMail(number: string): Promise<void> {
  const mail = await outside.mail(email, number);
  say("mail", `"${text(mail, "subject")}" to ${email}`);
}

/** The trace of the order, printed as a tree; it must hold every hop. */
async function showTrace(number: string, admin: string): Promise<void> {
  printTrace(await wholeTrace(shop, { number, admin, wanted: hops, withinMs: 20_000 }));
}

function printTrace(trace: Json): void {
  const spans = list(trace, "spans");
  say("trace", `${text(trace, "traceId")}: ${spans.length} spans`);
  for (const span of spans) {
    const depth = Number(text(span, "depth") || "0");
    const milliseconds = Number(text(span, "durationUs") || "0") / 1_000;
    process.stdout.write(
      `${" ".repeat(14 + 2 * depth)}${text(span, "service")} · ${text(span, "name")} ${milliseconds.toFixed(1)} ms\n`,
    );
  }
}

function money(value: Json, name: string): string {
  const amount = Number(text(value, name, "minorUnits") || "0");
  return `${(amount / 100).toFixed(2)} ${text(value, name, "currencyCode")}`;
}

function say(topic: string, sentence: string): void {
  process.stdout.write(`${topic.padEnd(12)}  ${sentence}\n`);
}

function expect(found: string | number | boolean, wanted: string | number | boolean, answer: Json): void {
  if (found !== wanted)
    throw new Error(`expected ${String(wanted)}, found ${String(found)}: ${JSON.stringify(answer)}`);
}
