import { createHash } from "node:crypto";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { type Call, personIdOf } from "@shopmesh/mesh";
import { type Cart, newCart } from "../cart.ts";
import { withFirstLook } from "../look.ts";
import { mergeCarts, type Merged } from "../merge.ts";
import type { Reading } from "../offer.ts";
import { findCart, findOpenCart, insertCart } from "../store/carts.ts";
import { isFirst, racing, saveChange } from "./change.ts";
import { type Readers, readPrices } from "./reading.ts";

/** What is kept of a guest's token. */
export function hashOf(accessToken: string): string {
  return createHash("sha256").update(accessToken).digest("hex");
}

/** The customer's cart with what was in the guest's. Throws CART_NOT_FOUND where the token does not open that. */
export function mergeGuestCart(
  { readers, clock, newId }: { readonly readers: Readers; readonly clock: Clock; readonly newId: () => string },
  { guestCartId, accessToken }: { readonly guestCartId: string; readonly accessToken: string },
  call: Call,
): Promise<{ readonly cart: Cart; readonly reading: Reading; readonly leftOut: Merged["leftOut"] }> {
  const customerId = personIdOf(call.actor) ?? "";
  const guestTokenHash = hashOf(accessToken);
  return racing(async () => {
    const [guest, known] = await Promise.all([findCart(call.sql, guestCartId), findOpenCart(call.sql, customerId)]);
    if (guest.guestTokenHash !== guestTokenHash)
      throw new DomainError("not-found", "CART_NOT_FOUND", { cart_id: guestCartId });
    const before = known ?? newCart(newId(), { customerId, guestTokenHash: undefined }, clock());
    const merged = mergeCarts(before, guest, clock());
    const reading = await readPrices(readers, merged.own, call);
    const own = merged.own === before ? before : withFirstLook(merged.own, reading);
    const isWritten = await isFirst(call, async (tx) => {
      // The guest's first, as CloseCart takes them: two that wait for each other would never end.
      if (merged.guest !== guest) saveChange(tx, guest, merged.guest);
      if (known === undefined && !(await insertCart(tx, before))) throw new DomainError("aborted", "CART_CHANGED");
      if (own !== before) saveChange(tx, before, own);
    });
    return isWritten ? { cart: own, reading, leftOut: merged.leftOut } : undefined;
  });
}
