import { DomainError } from "@shopmesh/kernel";
import { type CartItem, MAX_QUANTITY } from "./cart.ts";

/** What a customer means to buy another time. */
export type SavedItem = CartItem & {
  readonly customerId: string;
  readonly saveMs: number;
};

/** So many offers a customer keeps for later. */
export const MAX_SAVED = 200;

/** What is kept of an offer once `item` is kept too; at most 999 of it. */
export function addToSaved(
  known: SavedItem | undefined,
  item: CartItem,
  { customerId, nowMs }: { readonly customerId: string; readonly nowMs: number },
): SavedItem {
  const quantity = Math.min((known?.quantity ?? 0) + item.quantity, MAX_QUANTITY);
  return { ...item, quantity, customerId, saveMs: nowMs };
}

/** Throws SAVED_FULL where another offer, beside `count` kept ones, finds no place. */
export function refuseFull(count: number): void {
  if (count >= MAX_SAVED) throw new DomainError("precondition", "SAVED_FULL", { max_saved: String(MAX_SAVED) });
}
