import type { ExecutionContext } from "ava";
import { cards, fillCart, place, quote } from "../order.ts";
import { available } from "../shelf.ts";
import { text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const BUYERS = 8;
const ABOUT_A_THIRD = 3;

/** Eight buyers, each of a third of what there is, all at once: as many as fit have it, and the others hear that there is none left. */
export async function soldOut(t: ExecutionContext, { shop, shelf }: World): Promise<void> {
  const [sku = ""] = shelf.take(1);
  const before = await available(shop, sku);
  const quantity = Math.floor(before / ABOUT_A_THIRD);
  // Three, of most numbers: of five pieces five buyers get one each.
  const fitting = Math.floor(before / quantity);
  t.true(fitting < BUYERS);
  const wishes = await Promise.all(
    Array.from({ length: BUYERS }, async (_, index) => {
      const guest = await fillCart(shop, [sku]);
      const wish = { cartId: guest.cartId, sku, quantity };
      await shop.call("shop.cart.v1.CartService/UpdateItem", wish, guest.token);
      return { guest, quoteId: text(await quote(shop, guest, emailOf(`buyer-${index}`)), "id") };
    }),
  );
  const placed = await Promise.all(wishes.map(({ guest, quoteId }) => place(shop, guest, quoteId, cards.good)));
  const served = placed.filter(({ state }) => state === "CONFIRMED");
  const refused = placed.filter(({ state }) => state === "REJECTED");
  t.is(served.length, fitting);
  t.deepEqual(
    refused.map(({ answer }) => text(answer, "rejectReason")),
    Array<string>(BUYERS - fitting).fill("OUT_OF_STOCK"),
  );
  t.is(await available(shop, sku), before - fitting * quantity);
}
