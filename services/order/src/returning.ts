import { DomainError } from "@shopmesh/kernel";
import { deliveriesOf } from "./delivered.ts";
import type { Order } from "./order.ts";
import type { RefundPart } from "./refund.ts";
import { planRefund, restsOf } from "./refunding.ts";
import { acceptedOf, RETURN_WINDOW_MS, type Exchange, type Return, type ReturnReason, takenBy } from "./return.ts";

/** What a buyer wishes to bring back. */
export type ReturnWish = { readonly lineId: string; readonly quantity: number; readonly reason: ReturnReason };

/** How much of a line can be brought back, and until when the last of it. */
export type Returnable = { readonly lineId: string; readonly quantity: number; readonly untilMs: number | undefined };

/** What of an order can be asked back now: delivered within 30 days, neither returned nor refunded. */
export function returnableLines(order: Order, nowMs: number): readonly Returnable[] {
  return order.lines.map(({ id }) => {
    const { inTime, left, untilMs } = pieces(order, id, nowMs);
    return { lineId: id, quantity: Math.min(inTime, left), untilMs };
  });
}

/**
 * The order with a return asked for. Throws RETURN_WINDOW_OVER (30 days from delivered), RETURN_QUANTITY (more than was
 * delivered and neither returned nor refunded), ORDER_LINE_NOT_FOUND, RETURN_EMPTY.
 */
export function requestReturn(
  order: Order,
  wishes: readonly ReturnWish[],
  given: { readonly id: string; readonly note: string; readonly exchange?: Exchange | undefined },
  nowMs: number,
): Order {
  if (wishes.length === 0) throw new DomainError("invalid", "RETURN_EMPTY", { field: "lines" });
  const one: Return = {
    id: given.id,
    state: "requested",
    lines: wishes.map((wish) => lineOf(order, wish, wishes, nowMs)),
    note: given.note,
    endReason: "",
    endNote: "",
    escalateMs: undefined,
    label: undefined,
    refundId: undefined,
    exchange: given.exchange,
    createMs: nowMs,
    updateMs: nowMs,
  };
  return { ...order, returns: [...(order.returns ?? []), one], version: order.version + 1, updateMs: nowMs };
}

/** The return of that id. Throws RETURN_NOT_FOUND. */
export function returnIn(order: Order, returnId: string): Return {
  const one = order.returns?.find(({ id }) => id === returnId);
  if (one === undefined) throw new DomainError("not-found", "RETURN_NOT_FOUND", { return_id: returnId });
  return one;
}

/** The order with one of its returns changed. */
export function changeReturn(order: Order, returnId: string, change: (one: Return) => Return, nowMs: number): Order {
  const one = returnIn(order, returnId);
  const changed = change(one);
  if (changed === one) return order;
  return {
    ...order,
    returns: order.returns?.map((other) => (other === one ? changed : other)) ?? [],
    version: order.version + 1,
    updateMs: nowMs,
  };
}

/** What an inspected return gives back: its accepted pieces' shares, and the delivery where `isShippingPaid`. */
export function partsOfReturn(order: Order, one: Return, isShippingPaid: boolean): readonly RefundPart[] {
  const lines = one.lines.flatMap((line) =>
    acceptedOf(line) === 0 ? [] : { lineId: line.lineId, quantity: acceptedOf(line) },
  );
  return planRefund(order, { lines, shipping: isShippingPaid ? "all" : undefined, goodwill: undefined });
}

function lineOf(order: Order, wish: ReturnWish, wishes: readonly ReturnWish[], nowMs: number): Return["lines"][number] {
  const { lineId, quantity, reason } = wish;
  const line = order.lines.find(({ id }) => id === lineId);
  if (line === undefined)
    throw new DomainError("invalid", "ORDER_LINE_NOT_FOUND", { order: order.number, line_id: lineId });
  if (wishes.some((other) => other !== wish && other.lineId === lineId))
    throw new DomainError("invalid", "RETURN_LINE_TWICE", { line_id: lineId });
  const { left, inTime } = pieces(order, lineId, nowMs);
  if (quantity > left || quantity < 1)
    throw new DomainError("precondition", "RETURN_QUANTITY", {
      line_id: lineId,
      returnable: String(left),
      wanted: String(quantity),
    });
  if (quantity > inTime)
    throw new DomainError("precondition", "RETURN_WINDOW_OVER", { line_id: lineId, in_time: String(inTime) });
  return { lineId, sku: line.sku, quantity, reason, received: 0, resellable: 0, damaged: 0, refused: 0 };
}

/** Of a line: pieces delivered and neither returned nor refunded, and those that were delivered within the window. */
function pieces(order: Order, lineId: string, nowMs: number) {
  const all = deliveriesOf(order).filter((delivery) => delivery.lineId === lineId);
  const young = all.filter(({ deliverMs }) => nowMs < deliverMs + RETURN_WINDOW_MS);
  const returned = (order.returns ?? []).reduce((sum, one) => sum + takenBy(one, lineId), 0);
  const paidBack = (order.refunds ?? [])
    .filter(({ returnId }) => returnId === "")
    .flatMap(({ parts }) => parts.filter((part) => part.lineId === lineId))
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const unpaid = restsOf(order).find((rest) => rest.lineId === lineId)?.quantity ?? 0;
  const left = Math.max(0, Math.min(countOf(all) - returned - paidBack, unpaid));
  const last = Math.max(...young.map(({ deliverMs }) => deliverMs));
  return { left, inTime: countOf(young), untilMs: young.length === 0 ? undefined : last + RETURN_WINDOW_MS };
}

function countOf(deliveries: readonly { readonly quantity: number }[]): number {
  return deliveries.reduce((sum, { quantity }) => sum + quantity, 0);
}
