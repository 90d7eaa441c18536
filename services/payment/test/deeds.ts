import fc from "fast-check";

/** What may be done with a payment. */
export type Deed =
  | (Priced & { readonly kind: "capture"; readonly isFinal: boolean })
  | (Priced & { readonly kind: "refund" })
  | { readonly kind: "release"; readonly minorUnits: number }
  | { readonly kind: "take" }
  | { readonly kind: "settle"; readonly index: number; readonly succeeds: boolean };

type Priced = { readonly minorUnits: number; readonly tax: number; readonly platformShare: number };

const minorUnits = fc.integer({ min: 1, max: 120 });
/** More than the amount, too: what the marketplace pays of a price is taxed. */
const tax = fc.integer({ min: 0, max: 150 });
const platformShare = fc.integer({ min: 0, max: 50 });
export const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant("capture"), minorUnits, tax, platformShare, isFinal: fc.boolean() }),
  fc.record({ kind: fc.constant("refund"), minorUnits, tax, platformShare }),
  fc.record({ kind: fc.constant("release"), minorUnits }),
  fc.record({ kind: fc.constant("take") }),
  fc.record({ kind: fc.constant("settle"), index: fc.integer({ min: 0, max: 5 }), succeeds: fc.boolean() }),
);
