import { DomainError } from "@shopmesh/kernel";
import { type Destination, type Location, nearness } from "./location.ts";
import {
  availabilityOf,
  availableAt,
  inStockAt,
  type Line,
  type PlacedLevel,
  type PlacedLine,
  sumLines,
} from "./stock.ts";

/** What a route is chosen by, beside what is there. */
export type RouteWish = {
  /** Where the goods shall go; undefined: no place is near. */
  readonly destination: Destination | undefined;
  /** Places that are kept where they still have a line. */
  readonly preferred?: readonly PlacedLine[];
};

/** More sets of locations than this are not compared: what is found then is good, perhaps not the best. */
const MAX_COMPARED = 2_000;

/**
 * From where each line is taken. What its `preferred` places still have stays there. Else goods that are there go before
 * goods that are still to come; a seller's lines come from as few locations as can be, then with as few lines split, then
 * from the nearest, then by priority. Throws OUT_OF_STOCK, naming each sku that lacks and how many of it there are.
 */
export function route(
  levels: readonly PlacedLevel[],
  lines: readonly Line[],
  { destination, preferred = [] }: RouteWish,
): readonly PlacedLine[] {
  const wanted = sumLines(lines);
  const levelsOf = Map.groupBy(levels, ({ sku }) => sku);
  refuseLacking(levelsOf, wanted);
  const kept = new Map(
    wanted.map(({ sku, quantity }) => [sku, keptPlaces(levelsOf.get(sku), quantity, sku, preferred)]),
  );
  const open = wanted.filter(({ sku }) => kept.get(sku) === undefined);
  const bySeller = Map.groupBy(open, ({ sku }) => levelsOf.get(sku)?.[0]?.sellerId ?? "");
  const placed = Map.groupBy(
    [...bySeller.values()].flatMap((own) => routeSeller(levelsOf, own, destination)),
    ({ sku }) => sku,
  );
  return wanted.flatMap(({ sku }) => kept.get(sku) ?? placed.get(sku) ?? []);
}

/** A location and how many of each wanted sku can be taken there. */
type Shelf = { readonly location: Location; readonly has: ReadonlyMap<string, number> };

function routeSeller(
  levelsOf: ReadonlyMap<string, readonly PlacedLevel[]>,
  lines: readonly Line[],
  destination: Destination | undefined,
): readonly PlacedLine[] {
  const stocked = lines.flatMap((line) => usableOf(levelsOf.get(line.sku) ?? [], line));
  const byLocation = Map.groupBy(stocked, ({ level }) => level.locationId);
  const shelves = [...byLocation.values()].flatMap((own) => {
    const [first] = own;
    const has = new Map(own.map(({ level, usable }) => [level.sku, usable]));
    return first === undefined ? [] : { location: first.level.location, has };
  });
  const chosen = fewest(shelves.toSorted(byNearness(destination)), lines);
  return lines.flatMap((line) => takeFrom(chosen, line));
}

// Where goods for a line are; those still to come count only where the others do not do.
function usableOf(levels: readonly PlacedLevel[], { quantity }: Line) {
  const inStock = levels.reduce((sum, level) => sum + inStockAt(level), 0);
  const amount = inStock >= quantity ? inStockAt : availableAt;
  return levels.map((level) => ({ level, usable: amount(level) })).filter(({ usable }) => usable > 0);
}

/** The fewest of `shelves`, given nearest first, that have all `lines`; of equally many the ones that split fewest lines, then the first. */
function fewest(shelves: readonly Shelf[], lines: readonly Line[]): readonly Shelf[] {
  let compared = 0;
  for (let size = 1; size <= shelves.length; size++) {
    let best: { readonly set: readonly Shelf[]; readonly splits: number } | undefined;
    for (const set of setsOf(shelves, size)) {
      if (++compared > MAX_COMPARED) return best?.set ?? shelves;
      const splits = splitsIn(set, lines);
      if (splits !== undefined && (best === undefined || splits < best.splits)) best = { set, splits };
      if (best?.splits === 0) break;
    }
    if (best !== undefined) return best.set;
  }
  return shelves;
}

/** All sets of `size` of `shelves`, those of the first ones first. */
function* setsOf(shelves: readonly Shelf[], size: number): Generator<readonly Shelf[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [index, shelf] of shelves.entries()) {
    for (const rest of setsOf(shelves.slice(index + 1), size - 1)) yield [shelf, ...rest];
  }
}

/** How many lines no one of `set` has whole; undefined where together they do not have all. */
function splitsIn(set: readonly Shelf[], lines: readonly Line[]): number | undefined {
  let splits = 0;
  for (const { sku, quantity } of lines) {
    const amounts = set.map(({ has }) => has.get(sku) ?? 0);
    if (amounts.reduce((sum, amount) => sum + amount, 0) < quantity) return undefined;
    if (!amounts.some((amount) => amount >= quantity)) splits += 1;
  }
  return splits;
}

function takeFrom(shelves: readonly Shelf[], { sku, quantity }: Line): readonly PlacedLine[] {
  const whole = shelves.find(({ has }) => (has.get(sku) ?? 0) >= quantity);
  if (whole !== undefined) return [{ sku, quantity, locationId: whole.location.id }];
  let left = quantity;
  return shelves
    .toSorted((a, b) => (b.has.get(sku) ?? 0) - (a.has.get(sku) ?? 0))
    .flatMap(({ location, has }) => {
      const taken = Math.min(left, has.get(sku) ?? 0);
      left -= taken;
      return taken === 0 ? [] : { sku, quantity: taken, locationId: location.id };
    });
}

// The old places of a line, where they had all of it and have it still.
function keptPlaces(
  levels: readonly PlacedLevel[] = [],
  quantity: number,
  sku: string,
  preferred: readonly PlacedLine[],
): readonly PlacedLine[] | undefined {
  const before = preferred.filter((place) => place.sku === sku);
  const total = before.reduce((sum, place) => sum + place.quantity, 0);
  const isThere = before.every((place) => {
    const level = levels.find(({ locationId }) => locationId === place.locationId);
    return level !== undefined && availableAt(level) >= place.quantity;
  });
  return total === quantity && isThere ? before : undefined;
}

function refuseLacking(levelsOf: ReadonlyMap<string, readonly PlacedLevel[]>, wanted: readonly Line[]): void {
  const lacking = wanted.flatMap(({ sku, quantity }): readonly [string, string][] => {
    const available = availabilityOf(levelsOf.get(sku) ?? []).get(sku)?.available ?? 0;
    return available < quantity ? [[sku, String(available)]] : [];
  });
  if (lacking.length > 0) throw new DomainError("precondition", "OUT_OF_STOCK", Object.fromEntries(lacking));
}

function byNearness(destination: Destination | undefined) {
  return ({ location: a }: Shelf, { location: b }: Shelf): number =>
    nearness(b.address, destination) - nearness(a.address, destination) ||
    a.priority - b.priority ||
    (a.id < b.id ? -1 : 1);
}
