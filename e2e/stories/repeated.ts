import type { ExecutionContext } from "ava";
import { cards, fillCart, place, type Placed, quote } from "../order.ts";
import { available } from "../shelf.ts";
import { Refusal, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const SIDE_BY_SIDE = 10;

/** A double click: the same call again, and ten at once, are one order group that is paid for once. */
export async function clickedAgain(t: ExecutionContext, { shop, shelf, outside }: World): Promise<void> {
  const [sku = ""] = shelf.take(1);
  const before = await available(shop, sku);
  const guest = await fillCart(shop, [sku]);
  const quoteId = text(await quote(shop, guest, emailOf("twice")), "id");
  const clicks = await Promise.all(
    Array.from({ length: SIDE_BY_SIDE }, (_, index) =>
      answered(() => place(shop, guest, quoteId, cards.good, index < SIDE_BY_SIDE / 2 ? "click" : `click-${index}`)),
    ),
  );
  const later = await place(shop, guest, quoteId, cards.good, "click");
  t.deepEqual(new Set([...clicks, later].map(({ groupId }) => groupId)).size, 1);
  t.is(later.state, "CONFIRMED");
  t.is(await outside.authorizations(later.groupId), 1);
  t.is(await available(shop, sku), before - 1);
}

/** The answer of a call that is told to come again while the same one is under way. */
async function answered(click: () => Promise<Placed>): Promise<Placed> {
  for (;;) {
    try {
      return await click();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "aborted") throw error;
    }
  }
}
