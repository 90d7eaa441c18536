import type { Address } from "./address.ts";

/** Goods of a seller at one place. */
export type Placed = { readonly sellerId: string; readonly locationId: string; readonly weightGrams: number };

/**
 * From where each seller's goods are priced: the place that most of their weight leaves from, the first of equally heavy ones. Nothing
 * for a seller whose place nobody knows the address of: what is asked of the buyer does not grow with the number of places.
 */
export function originsOf(
  placed: readonly Placed[],
  addresses: ReadonlyMap<string, Address>,
): ReadonlyMap<string, Address> {
  const origins = new Map<string, Address>();
  for (const [sellerId, own] of Map.groupBy(placed, (one) => one.sellerId)) {
    const grams = new Map<string, number>();
    for (const { locationId, weightGrams } of own) grams.set(locationId, (grams.get(locationId) ?? 0) + weightGrams);
    const [heaviest] = [...grams].toSorted(([, left], [, right]) => right - left);
    const address = heaviest && addresses.get(heaviest[0]);
    if (address !== undefined) origins.set(sellerId, address);
  }
  return origins;
}
