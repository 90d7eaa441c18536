import { DomainError } from "@shopmesh/kernel";
import type { Allocation } from "./allocation.ts";
import { type Pair, type PlacedLine, sumPlaced } from "./stock.ts";

/** What becomes of goods that came back. */
export type Disposition = "resellable" | "damaged";

/** Goods that came back. */
export type Returned = {
  readonly sku: string;
  readonly quantity: number;
  /** Where they are now; empty: where they left from. */
  readonly locationId: string;
  readonly disposition: Disposition;
};

/** What a return does. */
export type Restock = {
  /** Can be sold again, and where it lies. */
  readonly restocked: readonly PlacedLine[];
  /** Is no good, and where that was found. */
  readonly writtenOff: readonly PlacedLine[];
  /** Which of the order's goods these were, by the places that they left from. */
  readonly returned: readonly PlacedLine[];
};

/** What becomes of the goods that `lines` bring back. Throws RETURN_LINES: never more than has left for that order and sku and is not back. */
export function planRestock({ lines: allocated }: Allocation, lines: readonly Returned[]): Restock {
  const away = allocated.map(({ sku, locationId, shipped, restocked }) => ({
    sku,
    locationId,
    quantity: shipped - restocked,
  }));
  const returned: PlacedLine[] = [];
  const placed = lines.flatMap((line) => {
    const from = takeBack(away, line);
    returned.push(...from);
    return from.map((part) => ({ ...part, locationId: line.locationId || part.locationId, is: line.disposition }));
  });
  return {
    restocked: sumPlaced(placed.filter(({ is }) => is === "resellable")),
    writtenOff: sumPlaced(placed.filter(({ is }) => is === "damaged")),
    returned: sumPlaced(returned),
  };
}

type Away = Pair & { quantity: number };

// Takes one line out of what is away, at the place where it is now first, for that is where it most likely came from.
function takeBack(away: readonly Away[], { sku, quantity, locationId }: Returned): readonly PlacedLine[] {
  const own = away
    .filter((part) => part.sku === sku)
    .sort((a, b) => Number(b.locationId === locationId) - Number(a.locationId === locationId));
  const shipped = own.reduce((sum, part) => sum + part.quantity, 0);
  if (shipped < quantity) {
    throw new DomainError("precondition", "RETURN_LINES", { sku, shipped: String(shipped), asked: String(quantity) });
  }
  let left = quantity;
  return own.flatMap((part) => {
    const taken = Math.min(left, part.quantity);
    left -= taken;
    part.quantity -= taken;
    return taken === 0 ? [] : { sku, locationId: part.locationId, quantity: taken };
  });
}
