import { DomainError } from "@shopmesh/kernel";
import { type Line, type PlacedLine, sumPlaced } from "./stock.ts";

/** Goods of an order at one place. */
export type AllocatedLine = PlacedLine & {
  /** How many of them have left. */
  readonly shipped: number;
  /** How many of them were given back, and never left. */
  readonly deallocated: number;
  /** How many of those that left came back. */
  readonly restocked: number;
};

/** An order's goods. `released` is final: the order can never allocate again. */
export type Allocation = {
  readonly orderId: string;
  readonly holdId: string;
  readonly state: "allocated" | "released";
  readonly lines: readonly AllocatedLine[];
};

/** What an order has that has not left. */
export function unshippedOf({ lines }: Allocation): readonly PlacedLine[] {
  return lines
    .map(({ sku, locationId, quantity, shipped, deallocated }) => ({
      sku,
      locationId,
      quantity: quantity - shipped - deallocated,
    }))
    .filter(({ quantity }) => quantity > 0);
}

/** Goods of an order; with an empty location, wherever it has them. */
export type OrderedLine = Line & { readonly locationId: string };

/**
 * Where `lines` of an order's goods lie that have not left, one line for each pair. Throws ALLOCATION_LINES where less is
 * allocated there than asked for.
 */
export function unshippedLines(allocation: Allocation, lines: readonly OrderedLine[]): readonly PlacedLine[] {
  const left = unshippedOf(allocation).map((line) => ({ ...line }));
  // Those that name their place first: the others take what these leave.
  const named = sumPlaced(lines).toSorted((a, b) => Number(a.locationId === "") - Number(b.locationId === ""));
  const taken = named.flatMap(({ sku, locationId, quantity }) => {
    const own = left.filter((line) => line.sku === sku && (locationId === "" || line.locationId === locationId));
    refuseMoreThan(own, { sku, locationId, quantity });
    let missing = quantity;
    return own.flatMap((line) => {
      const part = Math.min(missing, line.quantity);
      missing -= part;
      line.quantity -= part;
      return part === 0 ? [] : { sku, locationId: line.locationId, quantity: part };
    });
  });
  return sumPlaced(taken);
}

function refuseMoreThan(own: readonly PlacedLine[], { sku, locationId, quantity }: OrderedLine): void {
  const allocated = own.reduce((sum, line) => sum + line.quantity, 0);
  if (allocated >= quantity) return;
  throw new DomainError("precondition", "ALLOCATION_LINES", {
    sku,
    location_id: locationId,
    allocated: String(allocated),
    asked: String(quantity),
  });
}
