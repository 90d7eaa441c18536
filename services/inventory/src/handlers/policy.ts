import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { SetStockPolicyRequest } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { Actor, Tx } from "@shopmesh/mesh";
import { tellStock, type World } from "../effects/moves.ts";
import { policyAfter, type StockLevel } from "../stock.ts";
import { lockLevels, setPolicy } from "../store/levels.ts";
import { levelAt } from "./scope.ts";

/** Sets how a sku may be sold; the level afterwards. Throws what the contract lists. */
export async function changePolicy(
  tx: Tx,
  world: World,
  { locationId, sku, safety, backorderLimit, expectTime, lowThreshold }: SetStockPolicyRequest,
  actor: Actor,
): Promise<StockLevel> {
  const levels = await lockLevels(tx, [sku], world.clock());
  const level = levelAt(levels, { sku, locationId }, actor);
  const expectMs = expectTime === undefined ? undefined : timestampMs(expectTime);
  const policy = policyAfter(level, { safety, backorderLimit, expectMs, lowThreshold });
  await setPolicy(tx, level, policy);
  const after = levels.map((one) => ({
    ...one,
    ...(one.locationId === locationId ? policy : { lowThreshold: policy.lowThreshold }),
    version: one.version + 1n,
  }));
  tellStock(tx, levels, after);
  return levelAt(after, level, actor);
}
