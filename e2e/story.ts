import { cards, fillCart, orderStates, place, quote, skusOfSellers, watchUntil } from "./order.ts";
import { openOutside } from "./outside.ts";
import { available } from "./shelf.ts";
import { type Json, list, object, openShop, text } from "./shop.ts";
import { returned } from "./stories/returns.ts";
import { expect, money, say, sayEntries } from "./telling.ts";
import { wholeTrace } from "./trace.ts";

/**
 * `npm run story`: one order from the shelf to the door, told as it happens, over plain JSON at the gateway's address.
 * Then the two that end otherwise: a declined card, and a payer who must confirm. `npm run story -- returns`: one that
 * comes back.
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

const admin = async () => text(await shop.call("shop.auth.v1.AuthService/SignIn", adminSignIn), "sessionToken");

const [story = "order"] = process.argv.slice(2);
if (story === "returns") await returned({ shop, outside, email, admin });
else if (story === "order") {
  await delivered();
  await declined();
  await confirmedByPayer();
} else throw new Error(`no story is called ${story}: there are "order" and "returns"`);
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
  const session = await admin();
  const journey = watchUntil(
    shop,
    placed,
    (group) => orderStates(group).every((state) => state === "COMPLETED"),
    60_000,
  );
  await watchUntil(shop, placed, (group) =>
    list(group, "orders").every((order) => text(order, "fulfilmentState").endsWith("_PLANNED")),
  );
  await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, session);
  say("clock", `${PARCEL_TRAVEL_S / 3_600} hours pass`);
  sayEntries(await journey);
  await readMail(numbers[0] ?? "");
  await showTrace(numbers[0] ?? "", session);
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
async function showTrace(number: string, session: string): Promise<void> {
  printTrace(await wholeTrace(shop, { number, admin: session, wanted: hops, withinMs: 20_000 }));
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
