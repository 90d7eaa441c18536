import { DomainError } from "@shopmesh/kernel";
import type { Location } from "./location.ts";

/** An offer and how many of it. */
export type Line = { readonly sku: string; readonly quantity: number };

/** A sku at a location. */
export type Pair = { readonly sku: string; readonly locationId: string };

/** Goods at one place. */
export type PlacedLine = Pair & { readonly quantity: number };

/** The counters of one sku at one location. */
export type StockLevel = {
  readonly sku: string;
  readonly locationId: string;
  readonly sellerId: string;
  readonly onHand: number;
  readonly allocated: number;
  /** By all holds not yet given up, those that have expired included. */
  readonly held: number;
  /** The part of `held` whose holds have expired and wait to be swept: nobody's. */
  readonly expired: number;
  /** Kept in reserve. */
  readonly safety: number;
  /** How many may be sold beyond what lies there. */
  readonly backorderLimit: number;
  /** When goods sold so are expected. */
  readonly expectMs: number | undefined;
  /** StockLow is said when no more than so many of the sku are left; zero: never. The highest of a sku's levels holds. */
  readonly lowThreshold: number;
  readonly version: bigint;
};

/** A level and where it is. */
export type PlacedLevel = StockLevel & { readonly location: Location };

/** One step of one pair of sku and location. */
export type Change = {
  readonly sku: string;
  readonly locationId: string;
  readonly onHand: number;
  readonly allocated: number;
  readonly held: number;
  /** By how much what expired holds still count changes. */
  readonly expired: number;
  /** How many must be available there for the step to be allowed; zero asks nothing. */
  readonly needs: number;
};

/** The lines with those of one sku summed, by sku. */
export function sumLines(lines: readonly Line[]): readonly Line[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity })).sort(bySku);
}

/** The lines with those of one pair summed, in the order in which each pair came first. */
export function sumPlaced(lines: readonly PlacedLine[]): readonly PlacedLine[] {
  const sums = new Map<string, PlacedLine>();
  for (const { sku, locationId, quantity } of lines) {
    const key = pairKey({ sku, locationId });
    sums.set(key, { sku, locationId, quantity: quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums.values()];
}

/** Whether both ask for the same, whatever the order and however the lines of one sku are cut. */
export function isSameDemand(left: readonly Line[], right: readonly Line[]): boolean {
  const [a, b] = [sumLines(left), sumLines(right)];
  return (
    a.length === b.length &&
    a.every(({ sku, quantity }, index) => b[index]?.sku === sku && b[index]?.quantity === quantity)
  );
}

/** How many are there and can be bought: on hand less allocated, active holds and safety; never negative. */
export function inStockAt(level: StockLevel): number {
  return Math.max(0, freeAt(level));
}

/** How many can be bought at one place: those, and what may be sold beyond stock; never negative. */
export function availableAt(level: StockLevel): number {
  return Math.max(0, freeAt(level) + level.backorderLimit);
}

/** Goods that orders and live checkouts count on. */
export function committedAt({ allocated, held, expired }: StockLevel): number {
  return allocated + held - expired;
}

/** Whether `onHand` may be what lies there: none less than what orders and live checkouts count on, as far as none may be sold beyond stock. */
export function canCount(level: StockLevel, onHand: number): boolean {
  return onHand >= 0 && onHand + level.backorderLimit >= committedAt(level);
}

/** Throws STOCK_COMMITTED where `onHand` may not be what lies there. */
export function refuseCount(level: StockLevel, onHand: number): void {
  if (!canCount(level, onHand)) throw committedError(level);
}

/** Throws STOCK_COMMITTED where `quantity` cannot be taken to another place: backorders wait for what is there. */
export function refuseTaking(level: StockLevel, quantity: number): void {
  if (level.onHand - quantity < committedAt(level)) throw committedError(level);
}

/** How a sku may be sold from a location. */
export type StockPolicy = Pick<StockLevel, "safety" | "backorderLimit" | "expectMs" | "lowThreshold">;

/**
 * The policy of `level` with what of `wish` is given. Throws BACKORDER_DATE (a limit without a date), STOCK_COMMITTED
 * (more is sold beyond stock than the new limit allows).
 */
export function policyAfter(
  level: StockLevel,
  wish: { readonly [K in keyof StockPolicy]: StockPolicy[K] | undefined },
): StockPolicy {
  const backorderLimit = wish.backorderLimit ?? level.backorderLimit;
  const expectMs = backorderLimit === 0 ? undefined : (wish.expectMs ?? level.expectMs);
  if (backorderLimit > 0 && expectMs === undefined) {
    throw new DomainError("invalid", "BACKORDER_DATE", { sku: level.sku, location_id: level.locationId });
  }
  const beyond = Math.max(0, committedAt(level) - level.onHand);
  if (backorderLimit < beyond) throw committedError(level, { beyond: String(beyond) });
  return {
    safety: wish.safety ?? level.safety,
    backorderLimit,
    expectMs,
    lowThreshold: wish.lowThreshold ?? level.lowThreshold,
  };
}

/** How many of a sku can be bought. */
export type Available = {
  readonly available: number;
  /** How many of them are still to come. */
  readonly backorder: number;
  /** When the first of those are expected. */
  readonly expectMs: number | undefined;
};

/** How many of each sku can be bought over all locations. */
export function availabilityOf(levels: readonly StockLevel[]): ReadonlyMap<string, Available> {
  const all = new Map<string, Available>();
  for (const level of levels) {
    const sum = all.get(level.sku) ?? { available: 0, backorder: 0, expectMs: undefined };
    const available = availableAt(level);
    const backorder = available - inStockAt(level);
    all.set(level.sku, {
      available: sum.available + available,
      backorder: sum.backorder + backorder,
      expectMs: backorder === 0 ? sum.expectMs : earlier(sum.expectMs, level.expectMs),
    });
  }
  return all;
}

/** The counters after `changes`, each pair's version one higher. Pairs without a change are left out. */
export function levelsAfter<Level extends StockLevel>(
  levels: readonly Level[],
  changes: readonly Change[],
): readonly Level[] {
  const byPair = new Map(changes.map((change) => [pairKey(change), change]));
  return levels.flatMap((level) => {
    const change = byPair.get(pairKey(level));
    if (change === undefined) return [];
    return {
      ...level,
      onHand: level.onHand + change.onHand,
      allocated: level.allocated + change.allocated,
      held: level.held + change.held,
      expired: level.expired + change.expired,
      version: level.version + 1n,
    };
  });
}

/** All levels, those that `changes` name as they are afterwards. */
export function withChanges<Level extends StockLevel>(
  levels: readonly Level[],
  changes: readonly Change[],
): readonly Level[] {
  const changed = new Map(levelsAfter(levels, changes).map((level) => [pairKey(level), level]));
  return levels.map((level) => changed.get(pairKey(level)) ?? level);
}

/** A step that holds goods. */
export function holding({ quantity, ...pair }: PlacedLine): Change {
  return { ...still(pair), held: quantity, needs: quantity };
}

/** A step that gives up goods of a live or of an expired hold. */
export function releasing({ quantity, ...pair }: PlacedLine, hold: "live" | "expired"): Change {
  return { ...still(pair), held: -quantity, expired: hold === "expired" ? -quantity : 0 };
}

/** A step that makes goods an order's. Free ones must be available; those of a live hold need not. */
export function allocating({ quantity, ...pair }: PlacedLine, from: "hold" | "free"): Change {
  return { ...still(pair), allocated: quantity, needs: from === "free" ? quantity : 0 };
}

/** A step that gives an order's goods back. */
export function deallocating({ quantity, ...pair }: PlacedLine): Change {
  return { ...still(pair), allocated: -quantity };
}

/** A step that takes an order's goods away. */
export function shipping({ quantity, ...pair }: PlacedLine): Change {
  return { ...still(pair), onHand: -quantity, allocated: -quantity };
}

/** A step that changes what lies there. */
export function counting({ quantity, ...pair }: PlacedLine): Change {
  return { ...still(pair), onHand: quantity };
}

/** One change for each pair, by sku and location; pairs whose steps cancel each other stay, for their `needs`. */
export function sumChanges(changes: readonly Change[]): readonly Change[] {
  const sums = new Map<string, Change>();
  for (const change of changes) {
    const sum = sums.get(pairKey(change));
    sums.set(
      pairKey(change),
      sum === undefined
        ? change
        : {
            ...sum,
            onHand: sum.onHand + change.onHand,
            allocated: sum.allocated + change.allocated,
            held: sum.held + change.held,
            expired: sum.expired + change.expired,
            needs: sum.needs + change.needs,
          },
    );
  }
  return [...sums.values()].sort((a, b) => (pairKey(a) < pairKey(b) ? -1 : 1));
}

function committedError(level: StockLevel, more: Readonly<Record<string, string>> = {}): DomainError {
  return new DomainError("precondition", "STOCK_COMMITTED", {
    sku: level.sku,
    location_id: level.locationId,
    on_hand: String(level.onHand),
    committed: String(committedAt(level)),
    ...more,
  });
}

// Less than none where goods were sold that are still to come.
function freeAt(level: StockLevel): number {
  return level.onHand - committedAt(level) - level.safety;
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

function still({ sku, locationId }: Pair): Change {
  return { sku, locationId, onHand: 0, allocated: 0, held: 0, expired: 0, needs: 0 };
}

function pairKey({ sku, locationId }: Pair): string {
  return `${sku}\0${locationId}`;
}

function bySku(a: Line, b: Line): number {
  return a.sku < b.sku ? -1 : 1;
}
