import { type Money, money, subtractMoney, sumMoney } from "@shopmesh/kernel";

/**
 * What the marketplace pays of a price besides what its buyer does, by a promotion of its own; it is the seller's all the same.
 * Absent for nothing, and in what older code froze.
 */
export type PlatformShared = { readonly platformShare?: Money };

/** `share` as it is written down: nothing for nothing, for most prices are paid by their buyers alone. */
export function platformShare(share: Money): PlatformShared {
  return share.minorUnits === 0n ? {} : { platformShare: share };
}

/** What the marketplace pays of a line or a delivery. */
export function paidByPlatform({ platformDiscount }: { readonly platformDiscount?: Money }): PlatformShared {
  return platformDiscount === undefined ? {} : platformShare(platformDiscount);
}

/** What the marketplace pays of it. */
export function platformShareOf({ platformShare: share }: PlatformShared, currencyCode: string): Money {
  return share ?? money(currencyCode, 0n);
}

/** What the marketplace pays of all of them. */
export function sumPlatformShares(currencyCode: string, all: readonly PlatformShared[]): PlatformShared {
  return platformShare(
    sumMoney(
      currencyCode,
      all.flatMap(({ platformShare: share }) => share ?? []),
    ),
  );
}

/** What the marketplace pays of `whole` besides `part`. */
export function platformShareLeft(currencyCode: string, whole: PlatformShared, part: PlatformShared): PlatformShared {
  return platformShare(subtractMoney(platformShareOf(whole, currencyCode), platformShareOf(part, currencyCode)));
}
