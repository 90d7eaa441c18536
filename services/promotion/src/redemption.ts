import { DomainError } from "@shopmesh/kernel";

/** One use of a coupon by one order group. */
export type Redemption = {
  /** The order group's id. */
  readonly id: string;
  readonly state: "reserved" | "confirmed" | "released";
  readonly version: number;
  /** Empty for one that was released before it was ever reserved. */
  readonly promotionId: string;
  readonly couponCode: string;
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
