import { StockChangedSchema, StockDepletedSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { failpoint, type Tx } from "@shopmesh/mesh";
import type { MovementKind } from "../movement.ts";
import { availabilityOf, type Change, levelsAfter, type StockLevel, sumChanges, withChanges } from "../stock.ts";
import { changeLevels, findLevels, listSkus } from "../store/levels.ts";
import { appendMovements } from "../store/movements.ts";

/** The topic that wakes streams of availability. */
export const STOCK_TOPIC = "stock";

/** Where time and ids come from. */
export type World = { readonly clock: Clock; readonly newId: () => string };

/** Runs in a transaction of its own, again where it lost a race for locks. */
export type Transaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** A move of stock and what it is written down as. */
export type Move = {
  readonly changes: readonly Change[];
  readonly kind: MovementKind;
  readonly reference: string;
  readonly actorId?: string;
  readonly note?: string;
};

/**
 * Makes all `moves` of stock: the counters by one conditional statement, the ledger by another, and says what became of
 * availability. `levels` are all those of the skus that move, locked. The levels afterwards, of the pairs that changed.
 * Throws STOCK_CHANGED where a condition does not hold: roll back.
 */
export async function moveStock(
  tx: Tx,
  world: World,
  levels: readonly StockLevel[],
  ...moves: readonly Move[]
): Promise<readonly StockLevel[]> {
  const changes = sumChanges(moves.flatMap((move) => move.changes));
  if (changes.length === 0) return [];
  if ((await changeLevels(tx, levels, changes)) !== changes.length) {
    throw new DomainError("aborted", "STOCK_CHANGED", { reference: moves[0]?.reference ?? "" });
  }
  failpoint("inventory.between-counters-and-ledger");
  const sellers = new Map(levels.map((level) => [level.sku, level.sellerId]));
  const movements = moves.flatMap((move) =>
    move.changes.filter(isMovement).map((change) => ({
      ...movementOf(change, world, move),
      sellerId: sellers.get(change.sku) ?? "",
    })),
  );
  await appendMovements(tx, movements);
  tell(tx, levels, changes);
  return levelsAfter(levels, changes);
}

/** Says the availability of the `batch` skus after `cursor` again, for whoever rebuilds from it. */
export async function resyncStock(
  tx: Tx,
  { cursor, batch, nowMs }: { readonly cursor: string; readonly batch: number; readonly nowMs: number },
): Promise<{ readonly cursor: string; readonly isDone: boolean }> {
  const skus = await listSkus(tx, cursor, batch);
  const levels = skus.length === 0 ? [] : await findLevels(tx, skus, nowMs);
  for (const [sku, available] of availabilityOf(levels)) {
    const { sellerId, version } = skuOf(levels, sku);
    tx.emit(StockChangedSchema, { sku, available, sellerId }, { id: sku, version });
  }
  return { cursor: skus.at(-1) ?? cursor, isDone: skus.length < batch };
}

function tell(tx: Tx, before: readonly StockLevel[], changes: readonly Change[]): void {
  const after = withChanges(before, changes);
  const [were, are] = [availabilityOf(before), availabilityOf(after)];
  for (const [sku, available] of are) {
    const was = were.get(sku) ?? 0;
    // Nobody said so when a hold ran out: its sweeping does.
    const isSwept = changes.some((change) => change.sku === sku && change.expired !== 0);
    if (available === was && !isSwept) continue;
    const { sellerId, version } = skuOf(after, sku);
    tx.emit(StockChangedSchema, { sku, available, sellerId }, { id: sku, version });
    if (available === 0 && was > 0) {
      tx.emit(StockDepletedSchema, { sku, sellerId }, { id: sku, version });
    }
    tx.wake(STOCK_TOPIC);
  }
}

// A sku's version is the sum of its levels': it grows with each change of any.
function skuOf(levels: readonly StockLevel[], sku: string) {
  const own = levels.filter((level) => level.sku === sku);
  return {
    sellerId: own[0]?.sellerId ?? "",
    version: own.reduce((sum, level) => sum + level.version, 0n),
  };
}

function isMovement({ onHand, allocated, held }: Change): boolean {
  return onHand !== 0 || allocated !== 0 || held !== 0;
}

function movementOf(change: Change, { clock, newId }: World, move: Move) {
  return {
    id: newId(),
    sku: change.sku,
    locationId: change.locationId,
    kind: move.kind,
    onHandChange: change.onHand,
    allocatedChange: change.allocated,
    heldChange: change.held,
    reference: move.reference,
    actorId: move.actorId ?? "",
    note: move.note ?? "",
    createMs: clock(),
  };
}
