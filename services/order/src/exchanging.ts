import { type Money, money, splitByWeights, subtractMoney, sumMoney } from "@shopmesh/kernel";
import { destinationOf } from "./changing.ts";
import { type Exchange, moveExchange } from "./exchange.ts";
import { type Group, type PlacedGroup, placeQuote } from "./group.ts";
import type { Order, OrderLine } from "./order.ts";
import { piecesOf } from "./parcels.ts";
import { noPrice } from "./price.ts";
import { type RefundPart, spread, without } from "./refund.ts";
import { beginRefund } from "./refunding.ts";
import { acceptedOf, type Return } from "./return.ts";
import { changeReturn, partsOfReturn, returnIn } from "./returning.ts";

/** Why money of an exchange goes back after all: its replacement did not arrive, or came back itself. */
const CREDIT_BACK = "REPLACEMENT_BACK";

/**
 * The order with what an inspection comes to: the refund is promised; an exchange of which all was accepted is to be ordered,
 * and only what the goods are worth more is given back; any other is dropped for the money.
 */
export function concludeInspection(order: Order, returnId: string, isShippingPaid: boolean, nowMs: number): Order {
  const one = returnIn(order, returnId);
  const exchange = one.exchange === undefined ? undefined : decide(order, one, one.exchange);
  const decided =
    exchange === undefined ? order : changeReturn(order, returnId, (same) => ({ ...same, exchange }), nowMs);
  const parts = partsOfReturn(order, one, isShippingPaid).flatMap((part) => {
    const held = exchange?.held?.find(({ lineId }) => lineId === part.lineId);
    const left = held === undefined ? part : without(part, held);
    return left.quantity > 0 || left.amount.minorUnits > 0n ? left : [];
  });
  if (parts.length === 0) return decided;
  const promised = beginRefund(decided, parts, { id: returnId, returnId, reason: "RETURN", note: "" }, nowMs);
  return changeReturn(promised, returnId, (same) => ({ ...same, refundId: returnId }), nowMs);
}

/** What becomes of an exchange whose goods were inspected. */
function decide(order: Order, one: Return, exchange: Exchange): Exchange {
  const worth = partsOfReturn(order, one, false);
  const total = sumMoney(
    exchange.credit.currencyCode,
    worth.map(({ amount }) => amount),
  );
  const isAccepted = one.lines.every((line) => acceptedOf(line) === line.quantity);
  if (!isAccepted || total.minorUnits < exchange.credit.minorUnits) return moveExchange(exchange, "dropped");
  const placed = moveExchange(exchange, "placed");
  return placed.state === "placed" ? { ...placed, held: heldOf(worth, exchange.credit) } : placed;
}

/** What of the goods' worth stays paid for the replacement, their pieces with it. */
function heldOf(worth: readonly RefundPart[], credit: Money): readonly RefundPart[] {
  const shares = new Map(spread(worth, credit).map((part) => [part.lineId, part]));
  return worth.map((part) => {
    const { lineId, quantity } = part;
    return { ...noPrice(part.amount.currencyCode), ...shares.get(lineId), lineId, quantity };
  });
}

/** The group and order, PENDING, that an exchange becomes. */
export function placeReplacement(
  group: Group,
  order: Order,
  one: Return,
  exchange: Exchange,
  nowMs: number,
): PlacedGroup {
  const { lines, shipping, totals } = exchange;
  const { sellerId, sellerName } = order;
  const placed = placeQuote(
    {
      id: one.id,
      // No cart became it; its return stands for one, so that one group comes of it.
      cartId: one.id,
      cartVersion: 0,
      settledGroupId: "",
      personId: group.personId,
      guestTokenHash: undefined,
      email: group.email,
      ...(group.locale === undefined ? {} : { locale: group.locale }),
      address: destinationOf(order, group),
      couponCode: "",
      couponProblem: "",
      discounts: [],
      sellers: [{ sellerId, sellerName, lines, choices: [], shipping, totals }],
      totals,
      createMs: nowMs,
      expireMs: nowMs + 1,
    },
    {
      groupId: exchange.groupId,
      paymentId: exchange.paymentId,
      orders: [{ id: exchange.orderId, number: exchange.orderNumber }],
      guestTokenHashes: group.personId === undefined ? [...group.guestTokenHashes, exchange.guestTokenHash] : [],
      nowMs,
    },
  );
  const exchangeOf = { groupId: group.id, orderId: order.id, returnId: one.id };
  return { ...placed, orders: placed.orders.map((replacement) => ({ ...replacement, exchangeOf })) };
}

/** What of the credit of a replacement is owed again: of pieces that did not arrive, and of those that came back and were accepted. */
export function creditOwed(replacement: Order): Money {
  const currency = replacement.totals.total.currencyCode;
  return sumMoney(
    currency,
    replacement.lines.map((line) => {
      const back = undelivered(replacement, line) + takenBack(replacement, line);
      const weights = [BigInt(back), BigInt(line.quantity - back)];
      const [owed = 0n] = splitByWeights(line.credit?.minorUnits ?? 0n, weights);
      return money(currency, owed);
    }),
  );
}

/** What is owed of the credit of a return's exchange and neither given back nor promised. */
export function creditDue(order: Order, returnId: string, replacement: Order): Money {
  const promised = creditRefunds(order, returnId).map(({ amount }) => amount);
  const owed = creditOwed(replacement);
  return subtractMoney(owed, sumMoney(owed.currencyCode, promised));
}

/** The order with the refund of that under way; as it is where nothing is due. */
export function beginCreditBack(
  order: Order,
  { returnId, refundId }: { readonly returnId: string; readonly refundId: string },
  replacement: Order,
  nowMs: number,
): Order {
  const due = creditDue(order, returnId, replacement);
  if (due.minorUnits <= 0n) return order;
  const held = returnIn(order, returnId).exchange?.held ?? [];
  const left = creditRefunds(order, returnId)
    .flatMap(({ parts }) => parts)
    .reduce((rests, part) => rests.map((rest) => (rest.lineId === part.lineId ? without(rest, part) : rest)), held);
  const given = { id: refundId, returnId, reason: CREDIT_BACK, note: "", isOfCredit: true };
  return beginRefund(order, spread(left, due), given, nowMs);
}

function creditRefunds({ refunds = [] }: Order, returnId: string) {
  return refunds.filter((refund) => refund.returnId === returnId && refund.isOfCredit === true);
}

function undelivered(replacement: Order, { id, quantity }: OrderLine): number {
  if (replacement.state === "rejected" || replacement.state === "cancelled") return quantity;
  return piecesOf(replacement, id, ["cancelled", "lost", "returned"]);
}

function takenBack({ returns = [] }: Order, { id }: OrderLine): number {
  const lines = returns.flatMap((one) => one.lines.filter(({ lineId }) => lineId === id));
  return lines.reduce((sum, line) => sum + acceptedOf(line), 0);
}
