import { StockChangedSchema, StockDepletedSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import type { MovementKind } from "./movement.ts";
import { availabilityOf, type Change, levelsAfter, type StockLevel, sumChanges } from "./stock.ts";
import { changeLevels } from "./store/levels.ts";
import { appendMovements } from "./store/movements.ts";

/** The topic that wakes streams of availability. */
export const STOCK_TOPIC = "stock";

/** Where time and ids come from. */
export type World = { readonly clock: Clock; readonly newId: () => string };

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
  const sellers = new Map(levels.map((level) => [level.sku, level.sellerId]));
  const movements = moves.flatMap((move) =>
    move.changes.filter(isMovement).map((change) => ({
      ...movementOf(change, world, move),
      sellerId: sellers.get(change.sku) ?? "",
    })),
  );
  await appendMovements(tx, movements);
  const changed = levelsAfter(levels, changes);
  tell(tx, levels, changes, changed);
  return changed;
}

function tell(tx: Tx, before: readonly StockLevel[], changes: readonly Change[], changed: readonly StockLevel[]): void {
  const after = before.map(
    (level) => changed.find(({ sku, locationId }) => sku === level.sku && locationId === level.locationId) ?? level,
  );
  const [were, are] = [availabilityOf(before), availabilityOf(after)];
  for (const [sku, available] of are) {
    const ofSku = after.filter((level) => level.sku === sku);
    const was = were.get(sku) ?? 0;
    // Nobody said so when a hold ran out: its sweeping does.
    const isSwept = changes.some((change) => change.sku === sku && change.expired !== 0);
    if (available === was && !isSwept) continue;
    const sellerId = ofSku[0]?.sellerId ?? "";
    const version = ofSku.reduce((sum, level) => sum + level.version, 0n);
    tx.emit(StockChangedSchema, { sku, available, sellerId }, { id: sku, version });
    if (available === 0 && was > 0) {
      tx.emit(StockDepletedSchema, { sku, sellerId }, { id: sku, version });
    }
    tx.wake(STOCK_TOPIC);
  }
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
