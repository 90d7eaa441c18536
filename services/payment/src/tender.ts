import { DomainError, type Money } from "@shopmesh/kernel";

/** A gift card that pays a part. */
export type GiftTender = {
  readonly giftCardId: string;
  /** The last letters of its code, by which its holder knows it. */
  readonly lastFour: string;
  readonly minorUnits: bigint;
};

/** What one gift card takes or gets of a movement. */
export type GiftPart = { readonly giftCardId: string; readonly minorUnits: bigint };

/** One means of payment; without an amount it pays whatever the others leave. */
export type Tender<Means> = { readonly means: Means; readonly amount: Money | undefined };

/** The amount of each tender, in minor units. Throws TENDERS_DO_NOT_MATCH unless they add up to `amount`, each above zero. */
export function shareAmount<Means>(
  tenders: readonly Tender<Means>[],
  amount: Money,
): readonly { readonly means: Means; readonly minorUnits: bigint }[] {
  const given = tenders.filter((tender) => tender.amount !== undefined);
  const isForeign = given.some((tender) => tender.amount?.currencyCode !== amount.currencyCode);
  const sum = given.reduce((total, tender) => total + (tender.amount?.minorUnits ?? 0n), 0n);
  const left = amount.minorUnits - sum;
  const shares = tenders.map((tender) => ({ means: tender.means, minorUnits: tender.amount?.minorUnits ?? left }));
  const isWhole = shares.reduce((total, { minorUnits }) => total + minorUnits, 0n) === amount.minorUnits;
  if (isForeign || !isWhole || shares.some(({ minorUnits }) => minorUnits <= 0n)) {
    throw new DomainError("invalid", "TENDERS_DO_NOT_MATCH", {
      amount: String(amount.minorUnits),
      tenders: String(sum),
    });
  }
  return shares;
}

/**
 * Splits `minorUnits` over gift cards, each up to its rest and in their order; what they do not cover is the provider's.
 * Captures and refunds both go by it: so what was taken from a gift card first goes back to it first.
 */
export function splitOverGifts(
  minorUnits: bigint,
  rests: readonly GiftPart[],
): { readonly gifts: readonly GiftPart[]; readonly provider: bigint } {
  let left = minorUnits;
  const gifts: GiftPart[] = [];
  for (const rest of rests) {
    const part = left < rest.minorUnits ? left : rest.minorUnits;
    if (part <= 0n) continue;
    gifts.push({ giftCardId: rest.giftCardId, minorUnits: part });
    left -= part;
  }
  return { gifts, provider: left };
}

export function sumParts(parts: readonly GiftPart[]): bigint {
  return parts.reduce((total, { minorUnits }) => total + minorUnits, 0n);
}
