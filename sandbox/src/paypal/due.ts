import type { Order } from "./orders-store.ts";
import { authorizationMs } from "./views.ts";

/** How long PayPal reviews what is pending. */
export const reviewMs = 5 * 60_000;

/** When time will change an order: a review ends, or the promise. Null where nothing will. */
export function dueOf(order: Order): number | null {
  const pending = order.captures.find(({ status }) => status === "PENDING");
  if (pending) return pending.createMs + reviewMs;
  const [first] = order.authorizations;
  if (first === undefined) return null;
  if (first.status === "PENDING") return first.createMs + reviewMs;
  return first.status === "CREATED" || first.status === "PARTIALLY_CAPTURED" ? first.createMs + authorizationMs : null;
}
