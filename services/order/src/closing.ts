import { deliveriesOf } from "./delivered.ts";
import { type Order, transition } from "./order.ts";
import { isReturnOpen, RETURN_WINDOW_MS } from "./return.ts";

/** The order CLOSED where it is over: 30 days from delivered, no return and no refund open. As it is otherwise. */
export function closeOrder(order: Order, nowMs: number): Order {
  if (order.state !== "completed" || nowMs < closableMs(order) || isBusy(order)) return order;
  return { ...transition(order, "closed", nowMs), closeMs: nowMs };
}

/** When the time for returns of all that arrived is over. */
function closableMs(order: Order): number {
  const arrivals = deliveriesOf(order).map(({ deliverMs }) => deliverMs);
  const lastMs = arrivals.length === 0 ? (order.completeMs ?? order.updateMs) : Math.max(...arrivals);
  return lastMs + RETURN_WINDOW_MS;
}

function isBusy({ returns = [], refunds = [] }: Order): boolean {
  return returns.some(isReturnOpen) || refunds.some(({ state }) => state === "pending");
}
