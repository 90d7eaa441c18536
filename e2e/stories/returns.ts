import {
  cards,
  fillCart,
  letParcelsTravel,
  orderStates,
  PARCEL_TRAVEL_S,
  type Placed,
  quote,
  skusOfSellers,
  watchUntil,
} from "../order.ts";
import { available } from "../shelf.ts";
import { type Json, list, object, text } from "../shop.ts";
import { decimal, expect, minorUnits, money, say, sayEntries, type Teller } from "../telling.ts";

const GIFT_MINOR_UNITS = 2_000;
const REACHES_ALL_WITHIN_MS = 60_000;
const ORDERS = "shop.order.v1.OrderService";
const ORDER_ADMIN = "shop.order.v1.OrderAdminService";

/**
 * Two sellers, two parcels, each paid for as it leaves, with a gift card and a card; one line comes back, and its price goes
 * to the gift card first. The ledger is read at the end, and each of its movements adds up to nothing.
 */
export async function returned(teller: Teller): Promise<void> {
  const { shop, outside } = teller;
  const session = await teller.admin();
  const code = await giftCard(teller, session);
  const skus = await skusOfSellers(shop, 2);
  const before = await available(shop, skus[0] ?? "");
  const placed = await buy(teller, skus, code);
  await arrive(teller, placed, session);
  const refund = await bringBack(teller, placed, session);
  await exchange(teller, placed, session);
  expect(await available(shop, skus[0] ?? ""), before, placed.answer);
  say("stock", `${skus[0]}: ${before} on the shelf, as many as before the order`);
  const balance = await shop.call("shop.payment.v1.PaymentService/GetGiftCardBalance", { code });
  expect(minorUnits(balance, "available"), Math.min(refund, GIFT_MINOR_UNITS), balance);
  say(
    "gift card",
    `${money(balance, "available")} on it again: what is given back goes there first, the rest to the card`,
  );
  const { net } = await outside.money(placed.groupId);
  const total = minorUnits(object(placed.answer, "group"), "totals", "total");
  expect(net, total - GIFT_MINOR_UNITS - Math.max(0, refund - GIFT_MINOR_UNITS), placed.answer);
  say(
    "card",
    `of the ${decimal(total - GIFT_MINOR_UNITS)} EUR that its provider charged ${decimal(net)} EUR stay charged`,
  );
  await showLedger(teller, placed, session);
}

async function giftCard({ shop }: Teller, session: string): Promise<string> {
  const amount = { currencyCode: "EUR", minorUnits: String(GIFT_MINOR_UNITS) };
  const request = { requestId: `gift-${Date.now()}`, amount, reason: "GOODWILL" };
  const issued = await shop.call("shop.payment.v1.PaymentAdminService/IssueGiftCard", request, session);
  say("gift card", `one is issued with ${decimal(GIFT_MINOR_UNITS)} EUR`);
  return text(issued, "code");
}

/** One thing of each of two sellers, paid with the gift card and, for the rest, a card. */
async function buy({ shop, email }: Teller, skus: readonly string[], code: string): Promise<Placed> {
  const guest = await fillCart(shop, skus);
  const quoted = await quote(shop, guest, email);
  const quoteId = text(quoted, "id");
  say(
    "quote",
    `one thing of each of ${list(quoted, "sellers").length} sellers, a parcel each, ${money(object(quoted, "totals"), "total")} with the delivery`,
  );
  const amount = { currencyCode: "EUR", minorUnits: String(GIFT_MINOR_UNITS) };
  const tenders = [{ giftCard: { code }, amount }, { card: { paymentMethod: cards.good } }];
  const request = { requestId: `place-${quoteId}`, quoteId, tenders };
  const answer = await shop.call("shop.order.v1.CheckoutService/PlaceOrder", request, guest.token);
  const group = object(answer, "group");
  const state = text(answer, "state").replace("CHECKOUT_STATE_", "");
  expect(state, "CONFIRMED", answer);
  const orders = list(group, "orders");
  say(
    "place",
    `${state}: ${orders.map((order) => `${text(order, "number")} of ${money(object(order, "totals"), "total")}`).join(", ")}; ${decimal(GIFT_MINOR_UNITS)} EUR by the gift card, the rest by card, taken as each parcel leaves`,
  );
  return { state, groupId: text(group, "id"), token: text(answer, "accessToken"), orders, answer };
}

async function arrive({ shop }: Teller, placed: Placed, session: string): Promise<void> {
  const planned = await watchUntil(shop, placed, (group) =>
    list(group, "orders").every((order) => list(order, "parcels").length === 1),
  );
  sayEntries(planned);
  const journey = watchUntil(
    shop,
    placed,
    (group) => orderStates(group).every((state) => state === "COMPLETED"),
    REACHES_ALL_WITHIN_MS,
  );
  await advance(shop, session);
  const seen = await journey;
  sayEntries(seen, planned);
  for (const order of list(object(seen.at(-1), "group"), "orders"))
    for (const parcel of list(order, "parcels")) expect(text(parcel, "captured"), "true", order);
}

/** The first order's line goes back; what was refunded, in minor units. */
async function bringBack({ shop }: Teller, placed: Placed, session: string): Promise<number> {
  const orderId = text(placed.orders[0], "id");
  const lineId = text(list(placed.orders[0], "lines")[0], "id");
  const lines = [{ lineId, quantity: 1, reason: "RETURN_REASON_CHANGED_MIND" }];
  const asked = await shop.call(
    `${ORDERS}/RequestReturn`,
    { requestId: `return-${orderId}`, orderId, lines },
    placed.token,
  );
  const returnId = text(asked, "return", "id");
  const step = (method: string, fields: Json = {}) =>
    shop.call(`${ORDER_ADMIN}/${method}`, { requestId: `${method}-${returnId}`, returnId, ...fields }, session);
  await step("ApproveReturn");
  const labelled = await untilReturn(shop, placed, "LABEL_SENT");
  say(
    "return",
    `approved; its label: ${text(labelled, "shipment", "carrier")} ${text(labelled, "shipment", "trackingNumber")}`,
  );
  await advance(shop, session);
  await untilReturn(shop, placed, "IN_TRANSIT");
  await step("ReceiveReturn", { lines: [{ lineId, quantity: 1 }] });
  await step("InspectReturn", { lines: [{ lineId, resellableQuantity: 1 }] });
  const done = await untilReturn(shop, placed, "REFUNDED");
  const { order } = await shop.call(`${ORDERS}/GetOrder`, { orderId }, placed.token);
  const refund = list(order, "refunds").find((one) => text(one, "id") === text(done, "refundId")) ?? {};
  say("return", `inspected, back on the shelf; ${money(refund, "amount")} refunded, ${money(refund, "tax")} of it tax`);
  const explained = await shop.call(`${ORDERS}/ExplainOrder`, { orderId }, placed.token);
  const saga = list(explained, "sagas").find((one) => text(one, "name") === "return");
  say(
    "explain",
    `the return's steps: ${list(saga, "steps")
      .map((one) => text(one, "name"))
      .join(" → ")}`,
  );
  return minorUnits(refund, "amount");
}

/** The second order's line goes back for one more of the same, at no charge. */
async function exchange({ shop }: Teller, placed: Placed, session: string): Promise<void> {
  const [orderId, line] = [text(placed.orders[1], "id"), list(placed.orders[1], "lines")[0]];
  const [lineId, sku] = [text(line, "id"), text(line, "sku")];
  const lines = [{ lineId, quantity: 1, reason: "RETURN_REASON_DEFECTIVE" }];
  const asked = await shop.call(
    `${ORDERS}/RequestExchange`,
    { requestId: `exchange-${orderId}`, orderId, lines, replacements: [{ sku, quantity: 1 }] },
    placed.token,
  );
  const wanted = object(object(asked, "return"), "exchange");
  say(
    "exchange",
    `one more ${sku}: ${money(wanted, "credit")} paid for by what goes back, ${money(wanted, "charge")} to pay`,
  );
  const returnId = text(asked, "return", "id");
  const step = (method: string, fields: Json = {}) =>
    shop.call(`${ORDER_ADMIN}/${method}`, { requestId: `${method}-${returnId}`, returnId, ...fields }, session);
  await step("ApproveReturn");
  await step("ReceiveReturn", { lines: [{ lineId, quantity: 1 }] });
  await step("InspectReturn", { lines: [{ lineId, damagedQuantity: 1 }] });
  const done = await untilReturn(shop, placed, "EXCHANGED");
  const { order } = await shop.call(`${ORDERS}/GetOrder`, { orderId: text(done, "exchange", "orderId") }, placed.token);
  say("exchange", `order ${text(order, "number")} sends it, for ${money(object(order, "totals"), "total")}`);
}

async function untilReturn(shop: Teller["shop"], placed: Placed, state: string): Promise<Json> {
  const seen = await watchUntil(shop, placed, (group) => returnOf(group, state) !== undefined, REACHES_ALL_WITHIN_MS);
  return returnOf(object(seen.at(-1), "group"), state) ?? {};
}

function returnOf(group: Json, state: string): Json | undefined {
  const all = list(group, "orders").flatMap((order) => list(order, "returns"));
  return all.find((one) => text(one, "state") === `RETURN_STATE_${state}`);
}

/** The movements of the payment, oldest first, and what each account holds of it; each movement adds up to nothing. */
async function showLedger({ shop }: Teller, placed: Placed, session: string): Promise<void> {
  const paymentId = text(object(placed.answer, "group"), "paymentId");
  const ledger = await shop.call(
    "shop.payment.v1.PaymentAdminService/GetLedger",
    { paymentId, pageSize: 200 },
    session,
  );
  say("ledger", "each movement of the payment, oldest first; its sides add up to nothing");
  const movements = Map.groupBy(list(ledger, "entries").toReversed(), (entry) => text(entry, "movementId"));
  for (const entries of movements.values()) {
    const kind = text(entries[0], "kind").replace("MOVEMENT_KIND_", "").toLowerCase();
    const sides = entries.map((entry) => `${text(entry, "account")} ${decimal(minorUnits(entry, "amount"))}`);
    say("ledger", `${kind.replaceAll("_", " ").padEnd(17)} ${sides.join(" · ")}`);
    expect(
      entries.reduce((sum, entry) => sum + minorUnits(entry, "amount"), 0),
      0,
      ledger,
    );
  }
  say("balance", "what each account holds of it, all of them together nothing");
  const balances = list(ledger, "balances");
  const sum = balances.reduce((all, balance) => all + minorUnits(balance, "balance"), 0);
  expect(sum, 0, ledger);
  for (const balance of balances)
    say("balance", `${text(balance, "account").padEnd(20)} ${money(balance, "balance").padStart(12)}`);
}

async function advance(shop: Teller["shop"], session: string): Promise<void> {
  await letParcelsTravel(shop, session);
  say("clock", `${PARCEL_TRAVEL_S / 3_600} hours pass`);
}
