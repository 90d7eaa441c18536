import { DomainError } from "@shopmesh/kernel";
import type { PlacedLine } from "./stock.ts";

/** Goods of an order at one place. */
export type AllocatedLine = PlacedLine & {
  /** How many of them have left. */
  readonly shipped: number;
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
    .map(({ sku, locationId, quantity, shipped }) => ({
      sku,
      locationId,
      quantity: quantity - shipped,
    }))
    .filter(({ quantity }) => quantity > 0);
}

/** What leaves, one line for each pair. Throws ALLOCATION_LINES where less is allocated there than shall leave. */
export function leaving(allocation: Allocation, lines: readonly PlacedLine[]): readonly PlacedLine[] {
  const sums = new Map<string, PlacedLine>();
  for (const line of lines) {
    const key = `${line.sku}\0${line.locationId}`;
    sums.set(key, { ...line, quantity: line.quantity + (sums.get(key)?.quantity ?? 0) });
  }
  const left = unshippedOf(allocation);
  for (const { sku, locationId, quantity } of sums.values()) {
    const allocated = left.find((line) => line.sku === sku && line.locationId === locationId)?.quantity ?? 0;
    if (allocated < quantity) {
      throw new DomainError("precondition", "ALLOCATION_LINES", {
        sku,
        location_id: locationId,
        allocated: String(allocated),
        asked: String(quantity),
      });
    }
  }
  return [...sums.values()];
}
