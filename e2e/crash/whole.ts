import type { ExecutionContext } from "ava";
import { available } from "../shelf.ts";
import { list, text } from "../shop.ts";
import type { World } from "../stories/world.ts";
import { type Draft, type End, patiently, settled } from "./order.ts";

/** Money and stock are as if nobody had died, in the shop's books and in the provider's. */
export async function requireWhole(t: ExecutionContext, world: World, order: Draft, end: End): Promise<void> {
  const groupId = text(await settled(world, order.email, end), "orderGroupId");
  // A quote of days ago is forgotten.
  if (end !== "COMPLETED") t.is((await patiently(order.click)).groupId, groupId, "a second click finds the same order");
  t.deepEqual(await world.outside.money(groupId), moneyAt(end, order.totalMinorUnits));
  t.is(await world.outside.authorizations(groupId), end === "REJECTED" ? 0 : 1, "charged at most once");
  t.is(await available(world.shop, order.sku), end === "REJECTED" ? order.before : order.before - 1);
  const audit = await world.shop.call("shop.inventory.v1.InventoryAdminService/AuditStock", {}, world.admin);
  t.deepEqual(list(audit, "differences"), [], "stock is the sum of its movements");
}

/** What the provider holds and has for an order that ended so. */
function moneyAt(end: End, total: number) {
  if (end === "REJECTED") return { net: 0, held: 0, captured: 0 };
  return end === "CONFIRMED" ? { net: 0, held: total, captured: 0 } : { net: total, held: 0, captured: total };
}
