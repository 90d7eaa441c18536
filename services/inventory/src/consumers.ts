import { ProductPublishedSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_events_pb.ts";
import { HoldExpiredSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { type Consumer, failpoint, type Log, on, type TaskWorker, type Tx, worker } from "@shopmesh/mesh";
import { moveStock, type Transaction, type World } from "./effects/moves.ts";
import { releasing } from "./stock.ts";
import { findHeld, lockExpiredHolds, removeHeld, setHoldState } from "./store/holds.ts";
import { createItems, findSellers, giveItem, lockLevels, lockSellers } from "./store/levels.ts";

/** The name of the schedule that audits; the other one sweeps. */
export const AUDIT_SCHEDULE = "audit-stock";

/** Holds of one transaction: few enough not to keep checkouts of their skus waiting. */
const SWEEP_BATCH = 50;
const MAX_BATCHES = 200;

/** Catalog says whose a sku is, as a rule before its first goods come in. */
export function inventoryConsumers(world: World, log: Pick<Log, "error">): readonly Consumer[] {
  return [
    {
      kind: "shared",
      name: "catalog",
      order: "each",
      reactions: [
        on(ProductPublishedSchema, async ({ skus, sellerId }, _meta, tx) => {
          await createItems(tx, skus, sellerId, world.clock());
          await claimItems(tx, world, { skus, sellerId, log });
        }),
      ],
    },
  ];
}

const FOREIGN = "there are goods of another seller than catalog says";

type Claim = { readonly skus: readonly string[]; readonly sellerId: string; readonly log: Pick<Log, "error"> };

/** Gives skus to the seller whom catalog names, though another has received goods first; where there are some a person must decide. */
async function claimItems(tx: Tx, world: World, { skus, sellerId, log }: Claim): Promise<void> {
  const sellers = await findSellers(tx, skus);
  if (skus.every((sku) => sellers.get(sku) === sellerId)) return;
  const known = await lockSellers(tx, skus);
  const levels = await lockLevels(tx, skus, world.clock());
  for (const [sku, knownId] of known) {
    if (knownId === sellerId) continue;
    const isEmpty = levels.every(
      (level) => level.sku !== sku || (level.onHand === 0 && level.held === 0 && level.allocated === 0),
    );
    if (isEmpty) await giveItem(tx, sku, sellerId);
    else log.error(FOREIGN, { sku, seller_id: sellerId, known_id: knownId }, new Error(FOREIGN));
  }
}

/** What its schedules ask for: the sweep of expired holds, the audit of the counters. */
export function inventoryWorkers(
  world: World,
  { transaction, audit }: { readonly transaction: Transaction; readonly audit: () => Promise<unknown> },
): readonly TaskWorker[] {
  return [
    worker(RunDueSchema, async ({ purpose }) => {
      if (purpose === AUDIT_SCHEDULE) await audit();
      else await sweepHolds(world, transaction);
    }),
  ];
}

/** Ends the holds whose time is over, in batches; the number of them. Safe beside itself and checkouts. */
export async function sweepHolds(world: World, transaction: Transaction): Promise<number> {
  let swept = 0;
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    const ended = await transaction((tx) => sweepBatch(tx, world));
    swept += ended;
    failpoint("inventory.between-sweeps");
    if (ended < SWEEP_BATCH) break;
  }
  return swept;
}

async function sweepBatch(tx: Tx, world: World): Promise<number> {
  const nowMs = world.clock();
  const holds = await lockExpiredHolds(tx, nowMs, SWEEP_BATCH);
  if (holds.length === 0) return 0;
  const ids = holds.map(({ id }) => id);
  const held = await findHeld(tx, ids);
  const skus = [...new Set(held.map(({ line }) => line.sku))];
  const levels = skus.length === 0 ? [] : await lockLevels(tx, skus, nowMs);
  const moves = ids.map((id) => {
    const lines = held.filter(({ holdId }) => holdId === id).map(({ line }) => line);
    const changes = lines.map((line) => releasing(line, "expired"));
    return { changes, kind: "released", reference: id } as const;
  });
  await moveStock(tx, world, levels, ...moves);
  for (const { id, expireMs } of holds) {
    tx.emit(HoldExpiredSchema, { holdId: id }, { id, version: expireMs });
  }
  await removeHeld(tx, ids);
  await setHoldState(tx, ids, "expired");
  return holds.length;
}
