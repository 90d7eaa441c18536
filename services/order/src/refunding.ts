import { addMoney, DomainError, type Money, subtractMoney, sumMoney } from "@shopmesh/kernel";
import type { Order } from "./order.ts";
import type { Parcel } from "./parcel.ts";
import { partsOfParcel, paymentStateOf } from "./parcels.ts";
import { addPrices, minPrice, noPrice, priceOfDelivery, priceOfLine, sumPrices } from "./price.ts";
import { partByAmount, partByQuantity, type Refund, type RefundPart, type Rest, spread, without } from "./refund.ts";

/** What somebody wishes to be given back of an order. */
export type RefundWish = {
  /** Of each line a number of pieces, or an amount. */
  readonly lines: readonly ({ readonly lineId: string } & (
    | { readonly quantity: number }
    | { readonly amount: Money }
  ))[];
  /** Of the delivery: an amount, or all that is left. */
  readonly shipping: Money | "all" | undefined;
  /** Spread over all that is left of lines and delivery. */
  readonly goodwill: Money | undefined;
};

/** What is left to give back of each line and of the delivery, in that order: of what was taken, where parcels are paid for one by one. */
export function restsOf(order: Order): readonly Rest[] {
  const whole: readonly Rest[] = [
    ...order.lines.map((line) => ({ lineId: line.id, quantity: line.quantity, ...priceOfLine(line) })),
    { lineId: "", quantity: 0, ...priceOfDelivery(order.shipping) },
  ];
  const taken = order.parcels === undefined ? whole : takenOf(order.parcels, whole);
  const given = (order.refunds ?? []).filter(({ isOfCredit }) => isOfCredit !== true).map(({ parts }) => parts);
  // What pays for a replacement is given back, if at all, by that: whatever becomes of it.
  const held = (order.returns ?? []).map(({ exchange }) => exchange?.held ?? []);
  return [...given, ...held].reduce(takeParts, taken);
}

/** The order with the refund of a parcel that did not arrive under way: what of it is not given back yet. Nothing where all is. */
export function beginParcelRefund(
  order: Order,
  parcel: Parcel,
  { id, reason }: Pick<Refund, "id" | "reason">,
  nowMs: number,
): Order {
  if (order.refunds?.some((refund) => refund.id === id)) return order;
  const rests = restsOf(order);
  const parts = partsOfParcel(parcel).map((part) => partOfParcel(restIn(rests, part.lineId, order), part));
  const wanted = merge(parts).filter(isSomething);
  return wanted.length === 0 ? order : beginRefund(order, wanted, { id, returnId: "", reason, note: "" }, nowMs);
}

/** What is left to give back of a part of a parcel. */
function partOfParcel(rest: Rest, part: RefundPart): RefundPart {
  const quantity = Math.min(part.quantity, rest.quantity);
  if (rest.amount.minorUnits > 0n) return { ...partByAmount(rest, minPrice(part, rest).amount), quantity };
  // Of what costs its buyer nothing no share can be told by the amount: goods go by their pieces, a delivery by its parcel's part.
  return part.lineId === "" ? { lineId: "", quantity, ...minPrice(part, rest) } : partByQuantity(rest, quantity);
}

/** What the parcels that were paid for come to, line by line. */
function takenOf(parcels: readonly Parcel[], whole: readonly Rest[]): readonly Rest[] {
  const parts = parcels.filter(({ isCaptured }) => isCaptured).flatMap(partsOfParcel);
  return whole.map(({ lineId, amount }) => {
    const nothing = { lineId, quantity: 0, ...noPrice(amount.currencyCode) };
    return parts.filter((part) => part.lineId === lineId).reduce(plus, nothing);
  });
}

function plus(left: Rest, right: RefundPart): Rest {
  return { lineId: left.lineId, quantity: left.quantity + right.quantity, ...addPrices(left, right) };
}

/** The parts that `wish` comes to. Throws REFUND_EMPTY, REFUND_TOO_LARGE, REFUND_QUANTITY, ORDER_LINE_NOT_FOUND, CURRENCY_MISMATCH. */
export function planRefund(order: Order, wish: RefundWish): readonly RefundPart[] {
  let rests = restsOf(order);
  const parts: RefundPart[] = [];
  const take = (taken: readonly RefundPart[]) => {
    parts.push(...taken);
    rests = takeParts(rests, taken);
  };
  for (const line of wish.lines) {
    const rest = restIn(rests, line.lineId, order);
    take("quantity" in line ? [partByQuantity(rest, line.quantity)] : partsByAmount(rest, line.amount));
  }
  if (wish.shipping !== undefined) {
    const rest = restIn(rests, "", order);
    take(wish.shipping === "all" ? [partByAmount(rest, rest.amount)] : partsByAmount(rest, wish.shipping));
  }
  if (wish.goodwill !== undefined) take(spread(rests, wish.goodwill));
  return merge(parts.filter(isSomething));
}

/** Whoever wishes for nothing gets nothing, not what the marketplace has paid of what cost its buyer nothing. */
function partsByAmount(rest: Rest, amount: Money): readonly RefundPart[] {
  return amount.minorUnits === 0n ? [] : [partByAmount(rest, amount)];
}

function isSomething({ amount, quantity, platformShare }: RefundPart): boolean {
  return amount.minorUnits > 0n || quantity > 0 || platformShare !== undefined;
}

/**
 * The order with a refund of `parts` under way: from here on nothing of it can be promised twice. Throws REFUND_EMPTY,
 * REFUND_TOO_LARGE (more than was taken and not given back).
 */
export function beginRefund(
  order: Order,
  parts: readonly RefundPart[],
  given: Pick<Refund, "id" | "returnId" | "reason" | "note" | "isOfCredit">,
  nowMs: number,
): Order {
  if (order.refunds?.some(({ id }) => id === given.id)) return order;
  const currency = order.totals.total.currencyCode;
  const price = sumPrices(currency, parts);
  if (parts.length === 0) throw new DomainError("invalid", "REFUND_EMPTY", { order: order.number });
  const left = refundable(order);
  if (price.amount.minorUnits > left.minorUnits)
    throw new DomainError("precondition", "REFUND_TOO_LARGE", {
      order: order.number,
      left: String(left.minorUnits),
      wanted: String(price.amount.minorUnits),
      currency,
    });
  const refund: Refund = {
    ...given,
    state: "pending",
    parts,
    ...price,
    createMs: nowMs,
    settleMs: undefined,
  };
  return {
    ...order,
    refunds: [...(order.refunds ?? []), refund],
    version: order.version + 1,
    updateMs: nowMs,
  };
}

/** The money has gone back: counted once. */
export function settleRefund(order: Order, refundId: string, nowMs: number): Order {
  const refund = order.refunds?.find(({ id }) => id === refundId);
  if (refund === undefined || refund.state === "succeeded") return order;
  const refunded = addMoney(order.refunded, refund.amount);
  const settled: Refund = { ...refund, state: "succeeded", settleMs: nowMs };
  return {
    ...order,
    refunded,
    paymentState: paymentStateOf({ ...order, refunded }),
    refunds: order.refunds?.map((one) => (one === refund ? settled : one)) ?? [],
    version: order.version + 1,
    updateMs: nowMs,
  };
}

/** What was taken and is not given back, nor about to be. */
export function refundable(order: Order): Money {
  const under = (order.refunds ?? []).filter(({ state }) => state === "pending").map(({ amount }) => amount);
  return subtractMoney(subtractMoney(order.captured, order.refunded), sumMoney(order.captured.currencyCode, under));
}

function restIn(rests: readonly Rest[], lineId: string, { number }: Order): Rest {
  const rest = rests.find((candidate) => candidate.lineId === lineId);
  if (rest === undefined) throw new DomainError("invalid", "ORDER_LINE_NOT_FOUND", { order: number, line_id: lineId });
  return rest;
}

function takeParts(rests: readonly Rest[], parts: readonly RefundPart[]): readonly Rest[] {
  return rests.map((rest) => parts.filter(({ lineId }) => lineId === rest.lineId).reduce(without, rest));
}

/** One part a line, however often the wish names it. */
function merge(parts: readonly RefundPart[]): readonly RefundPart[] {
  return [...Map.groupBy(parts, ({ lineId }) => lineId).values()].map((same) => same.reduce(plus));
}
