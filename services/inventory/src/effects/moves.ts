import {
  StockChangedSchema,
  StockDepletedSchema,
  StockLowSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { type Clock, DomainError } from "@shopmesh/kernel";
import { failpoint, type Tx } from "@shopmesh/mesh";
import type { MovementKind } from "../movement.ts";
import { availabilityOf, type Change, levelsAfter, type StockLevel, sumChanges, withChanges } from "../stock.ts";
import { changeLevels, changeLevelsLast, findLevels, listSkus } from "../store/levels.ts";
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
  const changes = changesOf(moves);
  if (changes.length === 0) return [];
  if ((await changeLevels(tx, levels, changes)) !== changes.length) throw stockChanged(moves);
  return tellMoves(tx, world, { levels, changes, moves });
}

/** As moveStock, with the commit: for what reads no level afterwards. */
export function moveStockLast(
  tx: Tx,
  world: World,
  levels: readonly StockLevel[],
  ...moves: readonly Move[]
): readonly StockLevel[] {
  const changes = changesOf(moves);
  if (changes.length === 0) return [];
  changeLevelsLast(tx, levels, changes, () => stockChanged(moves));
  return tellMoves(tx, world, { levels, changes, moves });
}

function changesOf(moves: readonly Move[]): readonly Change[] {
  return sumChanges(moves.flatMap((move) => move.changes));
}

function stockChanged(moves: readonly Move[]): DomainError {
  return new DomainError("aborted", "STOCK_CHANGED", { reference: moves[0]?.reference ?? "" });
}

type Moved = {
  readonly levels: readonly StockLevel[];
  readonly changes: readonly Change[];
  readonly moves: readonly Move[];
};

function tellMoves(tx: Tx, world: World, { levels, changes, moves }: Moved): readonly StockLevel[] {
  failpoint("inventory.between-counters-and-ledger");
  const sellers = new Map(levels.map((level) => [level.sku, level.sellerId]));
  const movements = moves.flatMap((move) =>
    move.changes.filter(isMovement).map((change) => ({
      ...movementOf(change, world, move),
      sellerId: sellers.get(change.sku) ?? "",
    })),
  );
  appendMovements(tx, movements);
  // Nobody said so when a hold ran out: its sweeping does.
  const swept = new Set(changes.filter(({ expired }) => expired !== 0).map(({ sku }) => sku));
  tellStock(tx, levels, withChanges(levels, changes), swept);
  return levelsAfter(levels, changes);
}

/** Says the availability of the `batch` skus after `cursor` again, for whoever rebuilds from it. */
export async function resyncStock(
  tx: Tx,
  { cursor, batch, nowMs }: { readonly cursor: string; readonly batch: number; readonly nowMs: number },
): Promise<{ readonly cursor: string; readonly isDone: boolean }> {
  const skus = await listSkus(tx, cursor, batch);
  const levels = skus.length === 0 ? [] : await findLevels(tx, skus, nowMs);
  for (const [sku, { available, backorder }] of availabilityOf(levels)) {
    const { sellerId, version } = skuOf(levels, sku);
    tx.emit(StockChangedSchema, { sku, available, backorder, sellerId }, { id: sku, version });
  }
  return { cursor: skus.at(-1) ?? cursor, isDone: skus.length < batch };
}

/** Says what became of availability between two states of the same levels; of `swept` skus even where nothing did. */
export function tellStock(
  tx: Tx,
  before: readonly StockLevel[],
  after: readonly StockLevel[],
  swept: ReadonlySet<string> = new Set(),
): void {
  const [were, are] = [availabilityOf(before), availabilityOf(after)];
  for (const [sku, { available, backorder }] of are) {
    const was = were.get(sku) ?? { available: 0, backorder: 0 };
    const { sellerId, version, threshold } = skuOf(after, sku);
    const aggregate = { id: sku, version };
    const inStock = available - backorder;
    if (isLow(inStock, threshold) && !isLow(was.available - was.backorder, skuOf(before, sku).threshold)) {
      tx.emit(StockLowSchema, { sku, available: inStock, threshold, sellerId }, aggregate);
    }
    if (available === was.available && backorder === was.backorder && !swept.has(sku)) continue;
    tx.emit(StockChangedSchema, { sku, available, backorder, sellerId }, aggregate);
    if (available === 0 && was.available > 0) tx.emit(StockDepletedSchema, { sku, sellerId }, aggregate);
    tx.wake(STOCK_TOPIC);
  }
}

function isLow(inStock: number, threshold: number): boolean {
  return threshold > 0 && inStock <= threshold;
}

// A sku's version is the sum of its levels': it grows with each change of any.
function skuOf(levels: readonly StockLevel[], sku: string) {
  const own = levels.filter((level) => level.sku === sku);
  return {
    sellerId: own[0]?.sellerId ?? "",
    version: own.reduce((sum, level) => sum + level.version, 0n),
    threshold: Math.max(0, ...own.map(({ lowThreshold }) => lowThreshold)),
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
