import { DomainError } from "@shopmesh/kernel";
import { type Destination, type Location, nearness } from "./location.ts";

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
  readonly safety: number;
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

/** How many can be bought at one place: on hand less allocated, active holds and safety; never negative. */
export function availableAt({ onHand, allocated, held, expired, safety }: StockLevel): number {
  return Math.max(0, onHand - allocated - (held - expired) - safety);
}

/** How many of each sku can be bought over all locations. */
export function availabilityOf(levels: readonly StockLevel[]): ReadonlyMap<string, number> {
  const available = new Map<string, number>();
  for (const level of levels) {
    available.set(level.sku, (available.get(level.sku) ?? 0) + availableAt(level));
  }
  return available;
}

/** What a route is chosen by, beside what is there. */
export type RouteWish = {
  /** Where the goods shall go; undefined: no place is near. */
  readonly destination: Destination | undefined;
  /** Places that are kept where they still have a line. */
  readonly preferred?: readonly PlacedLine[];
};

/**
 * From where each line is taken: from its `preferred` places where they still have it, else from the nearest location
 * that holds the whole line, by priority among equally near ones, else from as few as possible. Throws OUT_OF_STOCK,
 * naming each sku that lacks.
 */
export function route(
  levels: readonly PlacedLevel[],
  lines: readonly Line[],
  { destination, preferred = [] }: RouteWish,
): readonly PlacedLine[] {
  const wanted = sumLines(lines);
  const available = availabilityOf(levels);
  const lacking = wanted.filter(({ sku, quantity }) => (available.get(sku) ?? 0) < quantity);
  if (lacking.length > 0) {
    const left = lacking.map(({ sku }) => [sku, String(available.get(sku) ?? 0)]);
    throw new DomainError("precondition", "OUT_OF_STOCK", Object.fromEntries(left));
  }
  return wanted.flatMap((line) =>
    routeLine(line, levels.filter(({ sku }) => sku === line.sku).toSorted(byNearness(destination)), preferred),
  );
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

function routeLine(
  { sku, quantity }: Line,
  places: readonly StockLevel[],
  preferred: readonly PlacedLine[],
): readonly PlacedLine[] {
  const before = preferred.filter((place) => place.sku === sku);
  const hasAll = before.reduce((sum, place) => sum + place.quantity, 0) === quantity;
  if (hasAll && before.every((place) => has(places, place))) return before;
  const whole = places.find((level) => availableAt(level) >= quantity);
  if (whole !== undefined) return [{ sku, quantity, locationId: whole.locationId }];
  return split(
    sku,
    quantity,
    places.toSorted((a, b) => availableAt(b) - availableAt(a)),
  );
}

function byNearness(destination: Destination | undefined) {
  return ({ location: a }: PlacedLevel, { location: b }: PlacedLevel): number =>
    nearness(b.address, destination) - nearness(a.address, destination) ||
    a.priority - b.priority ||
    (a.id < b.id ? -1 : 1);
}

function split(sku: string, quantity: number, places: readonly StockLevel[]): readonly PlacedLine[] {
  let left = quantity;
  return places.flatMap((level) => {
    const taken = Math.min(left, availableAt(level));
    left -= taken;
    return taken === 0 ? [] : [{ sku, quantity: taken, locationId: level.locationId }];
  });
}

function has(levels: readonly StockLevel[], { locationId, quantity }: PlacedLine): boolean {
  const level = levels.find((candidate) => candidate.locationId === locationId);
  return level !== undefined && availableAt(level) >= quantity;
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
