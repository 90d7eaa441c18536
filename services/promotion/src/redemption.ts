import { DomainError } from "@shopmesh/kernel";

/** What one promotion takes off one order group, in minor units. */
export type RedemptionPart = { readonly promotionId: string; readonly discount: bigint };

/** One use of promotions by one order group: of a coupon's, and of automatic ones that are counted. */
export type Redemption = {
  /** The order group's id. */
  readonly id: string;
  readonly state: "reserved" | "confirmed" | "released";
  readonly version: number;
  /** The coupon's promotion; empty without one, and for one that was released before it was ever reserved. */
  readonly promotionId: string;
  /** Empty for none. */
  readonly couponCode: string;
  /** What the coupon takes off; undefined where that was not told. */
  readonly discount: { readonly currencyCode: string; readonly minorUnits: bigint } | undefined;
  /** Undefined for a guest. */
  readonly customerId: string | undefined;
};

/**
 * The redemption that a repeated reservation finds. Throws REDEMPTION_RELEASED for one that was given up, and
 * REDEMPTION_CONFLICT for another coupon's.
 */
export function reservedAgain(redemption: Redemption, couponCode: string): Redemption {
  if (redemption.state === "released") {
    throw new DomainError("precondition", "REDEMPTION_RELEASED", { redemption_id: redemption.id });
  }
  if (redemption.couponCode !== couponCode) {
    throw new DomainError("precondition", "REDEMPTION_CONFLICT", {
      redemption_id: redemption.id,
      coupon_code: redemption.couponCode,
    });
  }
  return redemption;
}
