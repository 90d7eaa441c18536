import { randomUUID } from "node:crypto";
import type { ExecutionContext } from "ava";
import { cards, fillCart, place, quote } from "../order.ts";
import { within } from "../prove/parts/groups.ts";
import { list, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const A_DAY_AND_MORE_S = 26 * 3_600;
const SCHEDULED_WITHIN_MS = 30_000;

/** Whoever goes on at once after an order does so in the same cart, and pays for the new things only. */
export async function goesOnAtOnce(t: ExecutionContext, { shop, shelf }: World): Promise<void> {
  const [bought = "", wanted = ""] = shelf.take(2);
  const guest = await fillCart(shop, [bought]);
  const buy = async () => {
    const quoted = await quote(shop, guest, emailOf("again"));
    const { state, orders } = await place(shop, guest, text(quoted, "id"), cards.good);
    t.is(state, "CONFIRMED");
    return orders.flatMap((entry) => list(entry, "lines").map((line) => [text(line, "sku"), text(line, "quantity")]));
  };
  const add = (sku: string) =>
    shop.call(
      "shop.cart.v1.CartService/AddItem",
      { requestId: randomUUID(), cartId: guest.cartId, sku, quantity: 1 },
      guest.token,
    );
  t.deepEqual(await buy(), [[bought, "1"]]);
  await add(wanted);
  t.deepEqual(await buy(), [[wanted, "1"]]);
  await add(bought);
  t.deepEqual(await buy(), [[bought, "1"]]);
}

/** Time goes by: the scheduler has a filled cart told as abandoned, once, and a guest's unused one forgotten. */
export async function leftAlone(t: ExecutionContext, { mesh, shop, shelf, admin }: World): Promise<void> {
  const left = await fillCart(shop, shelf.take(1));
  const unused = await fillCart(shop, []);
  const count = async (statement: string) => (await mesh.infrastructure.rows("cart", statement)).length;
  const told = () =>
    count(
      `SELECT id FROM mesh_outbox WHERE subject = 'shop.cart.v1.CartAbandoned' AND aggregate_id = '${left.cartId}'`,
    );
  t.is(await told(), 0);
  await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${A_DAY_AND_MORE_S}s` }, admin);
  const isOver = async () =>
    (await told()) > 0 && (await count(`SELECT id FROM cart WHERE id = '${unused.cartId}'`)) === 0;
  t.not(await within(SCHEDULED_WITHIN_MS, isOver), undefined);
  t.is(await told(), 1);
  const kept = await shop.call("shop.cart.v1.CartService/GetCart", { cartId: left.cartId }, left.token);
  t.is(list(kept["cart"], "lines").length, 1);
}
