import { openOutside } from "../../outside.ts";
import { cards, place, type Placed, watchUntil } from "../../order.ts";
import { type Json, object, Refusal, type Shop, text } from "../../shop.ts";
import type { Amount } from "./buyers.ts";
import { calledOffLate, exchanged, lineCalledOff, partSentFirst, sentBack } from "./deeds.ts";
import type { Basket, Deed, Ground, Visit } from "./visit.ts";

/** One kind of visit. */
export type Kind = {
  /** How many of a hundred. */
  readonly percent: number;
  /** Whether the bank gives the money in the end. */
  readonly isPaid: boolean;
  /** What she buys, where it matters. */
  readonly goods?: Amount;
  /** What she does at the button, and what came of it. */
  readonly go: (ground: Ground, basket: Basket) => Promise<Partial<Visit>>;
  /** What she does right after, and on another day, where she has an order. */
  readonly atOnce?: Deed;
  readonly later?: Deed;
};

const GIFT_MINOR_UNITS = 1_500;
const MOST_LOOKS = 5;

/** What people do; the parts are of a hundred. */
export const kinds: Readonly<Record<string, Kind>> = {
  pays: { percent: 24, isPaid: true, go: pay(cards.good) },
  "pays by a slow card": { percent: 2, isPaid: true, go: pay("pm_sandbox_slow") },
  "pays by a card of one capture": { percent: 2, isPaid: true, goods: "apart", go: pay("pm_sandbox_singleCapture") },
  "pays, the bank's answer lost": { percent: 3, isPaid: true, go: pay(cards.lostAnswer) },
  "pays, the bank's answer cut": { percent: 3, isPaid: true, go: pay("pm_sandbox_resetAfterCharge") },
  "pays with a gift card too": { percent: 4, isPaid: true, go: payByGift },
  "is declined": { percent: 5, isPaid: false, go: pay(cards.declined) },
  "passes 3-D Secure": { percent: 5, isPaid: true, go: (ground, basket) => act(ground, basket, "complete") },
  "fails 3-D Secure": { percent: 2, isPaid: false, go: (ground, basket) => act(ground, basket, "fail") },
  "leaves 3-D Secure": { percent: 2, isPaid: false, go: (ground, basket) => act(ground, basket, "leave") },
  "pays at PayPal": { percent: 3, isPaid: true, go: payAtPayPal("buyer") },
  "pays at PayPal, its answer lost": { percent: 2, isPaid: true, go: payAtPayPal("timeout") },
  "pays at PayPal, its answer cut": { percent: 1, isPaid: true, go: payAtPayPal("reset") },
  "is declined at PayPal": { percent: 1, isPaid: false, go: payAtPayPal("declined") },
  "turns back at PayPal": { percent: 1, isPaid: false, go: payAtPayPal(undefined) },
  "sends back what PayPal paid": { percent: 1, isPaid: true, go: payAtPayPal("buyer"), later: sentBack },
  "submits twice": { percent: 6, isPaid: true, go: submitTwice },
  "calls it off": { percent: 6, isPaid: true, go: callOff },
  "calls a part off": { percent: 4, isPaid: true, goods: "two", go: callOff },
  "calls it off too late": { percent: 2, isPaid: true, go: pay(cards.good), later: calledOffLate },
  "gets two parcels": { percent: 2, isPaid: true, goods: "apart", go: pay(cards.good) },
  "calls one of two parcels off": {
    percent: 2,
    isPaid: true,
    goods: "apart",
    go: pay(cards.good),
    atOnce: lineCalledOff,
  },
  "calls the rest off": { percent: 2, isPaid: true, goods: "apart", go: pay(cards.good), atOnce: partSentFirst },
  "sends it back": { percent: 8, isPaid: true, go: pay(cards.good), later: sentBack },
  "sends back what a gift card paid": { percent: 2, isPaid: true, go: payByGift, later: sentBack },
  "exchanges it": { percent: 4, isPaid: true, go: pay(cards.good), later: exchanged },
  "exchanges what a gift card paid": { percent: 1, isPaid: true, go: payByGift, later: exchanged },
  "leaves her cart": { percent: 5, isPaid: false, go: async () => ({}) },
};

/** The kind at a place from 0 up to 1. */
export function kindAt(place: number): string {
  let left = place * Object.values(kinds).reduce((sum, { percent }) => sum + percent, 0);
  for (const [name, { percent }] of Object.entries(kinds)) {
    left -= percent;
    if (left < 0) return name;
  }
  return "pays";
}

/** Throws where there is no such kind. */
export function kindOf(name: string): Kind {
  const found = kinds[name];
  if (found === undefined) throw new Error(`nobody comes who "${name}"`);
  return found;
}

function pay(card: string): Kind["go"] {
  return async ({ shop }, basket) => outcomeOf(await place(shop, basket.guest, basket.quoteId, card), basket);
}

/** A gift card first, for what it has, and a card for the rest. */
async function payByGift({ shop, staff }: Ground, basket: Basket): Promise<Partial<Visit>> {
  const issued = await staff("shop.payment.v1.PaymentAdminService/IssueGiftCard", {
    requestId: `gift-${basket.quoteId}`,
    amount: { currencyCode: "EUR", minorUnits: String(GIFT_MINOR_UNITS) },
    reason: "GOODWILL",
  });
  const given = Math.min(GIFT_MINOR_UNITS, basket.total);
  const gift = {
    giftCard: { code: text(issued, "code") },
    amount: { currencyCode: "EUR", minorUnits: String(given) },
  };
  const tenders = given < basket.total ? [gift, { card: { paymentMethod: cards.good } }] : [gift];
  return outcomeOf(await place(shop, basket.guest, basket.quoteId, tenders), basket);
}

/** Her bank wants to see her: she passes, fails, or never goes there. */
async function act(
  { shop, sandboxUrl }: Ground,
  basket: Basket,
  what: "complete" | "fail" | "leave",
): Promise<Partial<Visit>> {
  const placed = await place(shop, basket.guest, basket.quoteId, cards.threeDSecure);
  const actionUrl = text(placed.answer, "actionUrl");
  if (actionUrl === "" || what === "leave") return outcomeOf(placed, basket);
  if (what === "complete") await openOutside(sandboxUrl).passCheck(actionUrl);
  else await openOutside(sandboxUrl).failCheck(actionUrl);
  return outcomeOf(placed, basket);
}

/** She agrees at PayPal as one of its test accounts, or turns back; every second one comes back to the shop and says so. */
function payAtPayPal(payer: string | undefined): Kind["go"] {
  return async ({ shop, sandboxUrl, chance }, basket) => {
    const comesBack = chance.next() < 0.5;
    const placed = await place(shop, basket.guest, basket.quoteId, [{ paypal: {} }]);
    const outcome = outcomeOf(placed, basket);
    const actionUrl = await whereToAct(shop, placed, outcome.token);
    if (actionUrl === "") return outcome;
    if (payer === undefined) await openOutside(sandboxUrl).turnBackAtPayPal(actionUrl);
    else await openOutside(sandboxUrl).agreeAtPayPal(actionUrl, payer);
    const paymentId = text(object(placed.answer, "group"), "paymentId");
    if (comesBack) await shop.call("shop.payment.v1.PaymentService/CompletePaymentAction", { paymentId });
    return outcome;
  };
}

/** Where the payer is sent, as soon as the shop knows: PayPal's answer may be lost at first. Empty where nobody is sent anywhere. */
async function whereToAct(shop: Shop, { groupId, state, answer }: Placed, token: string): Promise<string> {
  if (state !== "PENDING") return text(answer, "actionUrl");
  const isKnown = (group: Json) => text(group, "state") !== "CHECKOUT_STATE_PENDING";
  for (let tries = 1; ; tries += 1) {
    try {
      const seen = await watchUntil(shop, { groupId, token }, isKnown);
      return text(object(seen.at(-1) ?? {}, "group"), "actionUrl");
    } catch (error) {
      // Whoever told it may have been killed.
      if (tries === MOST_LOOKS) throw error;
    }
  }
}

/** Two clicks, of one key or of two: they are one order. */
async function submitTwice({ shop, chance }: Ground, basket: Basket): Promise<Partial<Visit>> {
  const { guest, quoteId } = basket;
  const other = chance.next() < 0.5 ? `place-${quoteId}` : `again-${quoteId}`;
  const both = await Promise.all([
    place(shop, guest, quoteId, cards.good),
    place(shop, guest, quoteId, cards.good, other),
  ]);
  const ids = [...new Set(both.map(({ groupId }) => groupId))];
  return { ...outcomeOf(both[0], basket), contradictions: ids.length > 1 ? [`${ids.join(" and ")} of one cart`] : [] };
}

/** One of her orders is wanted no more; what has left meanwhile stays. */
async function callOff({ shop }: Ground, basket: Basket): Promise<Partial<Visit>> {
  const placed = await place(shop, basket.guest, basket.quoteId, cards.good);
  const outcome = outcomeOf(placed, basket);
  const [orderId = ""] = outcome.orderIds;
  const request = { requestId: `off-${orderId}`, orderId, reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
  try {
    await shop.call("shop.order.v1.OrderService/CancelOrder", request, outcome.token);
    return { ...outcome, calledOff: [orderId] };
  } catch (error) {
    if (error instanceof Refusal && error.reason === "ORDER_NOT_CANCELLABLE") return outcome;
    throw error;
  }
}

function outcomeOf({ state, groupId, token, orders }: Placed, { guest }: Basket) {
  return { state, groupId, token: token || guest.token, orderIds: orders.map((order) => text(order, "id")) };
}
