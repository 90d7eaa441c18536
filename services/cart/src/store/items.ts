import { money } from "@shopmesh/kernel";
import type { CartItem, Seen } from "../cart.ts";

/** An item in JSON; `seen` is absent in what older code wrote. */
type StoredItem = { readonly sku: string; readonly quantity: number; readonly seen?: StoredSeen };

type StoredSeen = { readonly currency?: string; readonly unit?: string; readonly available?: number };

/** The text of the column for a cart's items. */
export function writeItems(items: readonly CartItem[]): string {
  return JSON.stringify(
    items.map(
      ({ sku, quantity, seen }): StoredItem => ({
        sku,
        quantity,
        ...(seen === undefined ? {} : { seen: storedSeen(seen) }),
      }),
    ),
  );
}

/** A cart's items from the text of their column. */
export function readItems(text: string): readonly CartItem[] {
  const items = JSON.parse(text) as readonly StoredItem[];
  return items.map(({ sku, quantity, seen }) => ({
    sku,
    quantity,
    ...(seen === undefined ? {} : { seen: seenOf(seen) }),
  }));
}

/** The text of the column for what was seen. */
export function writeSeen(seen: Seen): string {
  return JSON.stringify(storedSeen(seen));
}

/** What was seen, from the text of its column. */
export function readSeen(text: string): Seen {
  return seenOf(JSON.parse(text) as StoredSeen);
}

function storedSeen({ unitPrice, available }: Seen): StoredSeen {
  return {
    ...(unitPrice === undefined ? {} : { currency: unitPrice.currencyCode, unit: String(unitPrice.minorUnits) }),
    ...(available === undefined ? {} : { available }),
  };
}

function seenOf({ currency, unit, available }: StoredSeen): Seen {
  return {
    unitPrice: currency === undefined || unit === undefined ? undefined : money(currency, BigInt(unit)),
    available,
  };
}
