import type { ExecutionContext } from "ava";
import { cards, fillCart, letParcelsTravel, orderStates, place, quote, watchUntil } from "../order.ts";
import { type Json, list, object, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const ORDERS = "shop.order.v1.OrderService";
const ORDER_ADMIN = "shop.order.v1.OrderAdminService";

/** What came goes back for two of the same: the payer's bank wants to see her for the second one, and then it is ordered. */
export async function exchangedForMore(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside, shelf, admin } = world;
  const [sku = ""] = shelf.take(1);
  const guest = await fillCart(shop, [sku]);
  const quoted = await quote(shop, guest, emailOf("exchange"));
  const placed = await place(shop, guest, text(quoted, "id"), cards.good);
  const all = (isThere: (order: Json) => boolean) =>
    watchUntil(shop, placed, (group) => list(group, "orders").every(isThere), 60_000);
  await all((order) => text(order, "fulfilmentState").endsWith("_PLANNED"));
  await letParcelsTravel(shop, admin);
  await all((order) => text(order, "state") === "ORDER_STATE_COMPLETED");

  const [orderId, lineId] = [text(placed.orders[0], "id"), text(list(placed.orders[0], "lines")[0], "id")];
  const lines = [{ lineId, quantity: 1, reason: "RETURN_REASON_CHANGED_MIND" }];
  const tenders = [{ card: { paymentMethod: cards.threeDSecure } }];
  const wish = { requestId: `more-${orderId}`, orderId, lines, replacements: [{ sku, quantity: 2 }], tenders };
  const asked = object(await shop.call(`${ORDERS}/RequestExchange`, wish, placed.token), "return");
  const returnId = text(asked, "id");
  const charge = Number(text(asked, "exchange", "charge", "minorUnits"));
  t.true(charge > 0);
  const step = (method: string, fields: Json = {}) =>
    shop.call(`${ORDER_ADMIN}/${method}`, { requestId: `${method}-${returnId}`, returnId, ...fields }, admin);
  await step("ApproveReturn");
  await step("ReceiveReturn", { lines: [{ lineId, quantity: 1 }] });
  await step("InspectReturn", { lines: [{ lineId, resellableQuantity: 1 }] });

  const replacement = { groupId: text(asked, "exchange", "orderGroupId"), token: placed.token };
  const waiting = await watchUntil(shop, replacement, (group) => text(group, "actionUrl") !== "");
  const confirmed = watchUntil(shop, replacement, (group) => text(group, "state") === "CHECKOUT_STATE_CONFIRMED");
  await outside.passCheck(text(object(waiting.at(-1), "group"), "actionUrl"));
  t.false(orderStates(object((await confirmed).at(-1), "group")).includes("PENDING"));
  await all((order) => list(order, "returns").some((one) => text(one, "state") === "RETURN_STATE_EXCHANGED"));
  t.like(await outside.money(replacement.groupId), { held: charge });
}
