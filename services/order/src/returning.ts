import { DomainError } from "@shopmesh/kernel";
import { deliveriesOf } from "./delivered.ts";
import type { Order } from "./order.ts";
import type { RefundPart } from "./refund.ts";
import { planRefund, restsOf } from "./refunding.ts";
import { acceptedOf, RETURN_WINDOW_MS, type Return, type ReturnReason, takenBy } from "./return.ts";

/** What a buyer wishes to bring back. */
export type ReturnWish = { readonly lineId: string; readonly quantity: number; readonly reason: ReturnReason };

/** How much of a line can be brought back, and until when the last of it; undefined where nothing has arrived. */
export type Returnable = { readonly lineId: string; readonly quantity: number; readonly untilMs: number | undefined };

/** What of a line has arrived and is neither returned nor refunded. */
export function returnableOf(order: Order, lineId: string): Returnable {
  const arrived = deliveriesOf(order).filter((delivery) => delivery.lineId === lineId);
  const last = Math.max(...arrived.map(({ deliverMs }) => deliverMs));
  return {
    lineId,
    quantity: left(order, lineId, countOf(arrived)),
    untilMs: arrived.length === 0 ? undefined : last + RETURN_WINDOW_MS,
  };
}

/**
 * The order with a return asked for. Throws RETURN_WINDOW_OVER (30 days from delivered), RETURN_QUANTITY (more than was
 * delivered and neither returned nor refunded), ORDER_LINE_NOT_FOUND, RETURN_EMPTY.
 */
export function requestReturn(
  order: Order,
  wishes: readonly ReturnWish[],
  given: { readonly id: string; readonly note: string },
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
  // Pieces that were paid back meanwhile, by somebody else, are not paid twice.
  const unpaid = new Map(restsOf(order).map(({ lineId, quantity }) => [lineId, quantity]));
  const lines = one.lines.flatMap((line) => {
    const quantity = Math.min(acceptedOf(line), unpaid.get(line.lineId) ?? 0);
    return quantity === 0 ? [] : { lineId: line.lineId, quantity };
  });
  return planRefund(order, { lines, shipping: isShippingPaid ? "all" : undefined, goodwill: undefined });
}

function lineOf(order: Order, wish: ReturnWish, wishes: readonly ReturnWish[], nowMs: number): Return["lines"][number] {
  const { lineId, quantity, reason } = wish;
  const line = order.lines.find(({ id }) => id === lineId);
  if (line === undefined)
    throw new DomainError("invalid", "ORDER_LINE_NOT_FOUND", { order: order.number, line_id: lineId });
  if (wishes.some((other) => other !== wish && other.lineId === lineId))
    throw new DomainError("invalid", "RETURN_LINE_TWICE", { line_id: lineId });
  const returnable = returnableOf(order, lineId).quantity;
  if (quantity > returnable || quantity < 1)
    throw new DomainError("precondition", "RETURN_QUANTITY", {
      line_id: lineId,
      returnable: String(returnable),
      wanted: String(quantity),
    });
  const inTime = countOf(
    deliveriesOf(order).filter((one) => one.lineId === lineId && nowMs < one.deliverMs + RETURN_WINDOW_MS),
  );
  if (quantity > inTime)
    throw new DomainError("precondition", "RETURN_WINDOW_OVER", { line_id: lineId, in_time: String(inTime) });
  return { lineId, sku: line.sku, quantity, reason, received: 0, resellable: 0, damaged: 0, refused: 0 };
}

/** Of the pieces of a line that arrived, those neither returned nor refunded. */
function left(order: Order, lineId: string, arrived: number): number {
  const returned = (order.returns ?? []).reduce((sum, one) => sum + takenBy(one, lineId), 0);
  const paidBack = (order.refunds ?? [])
    .filter(({ returnId }) => returnId === "")
    .flatMap(({ parts }) => parts.filter((part) => part.lineId === lineId))
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const unpaid = restsOf(order).find((rest) => rest.lineId === lineId)?.quantity ?? 0;
  return Math.max(0, Math.min(arrived - returned - paidBack, unpaid));
}

function countOf(deliveries: readonly { readonly quantity: number }[]): number {
  return deliveries.reduce((sum, { quantity }) => sum + quantity, 0);
}
