import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Client, StepAttempt } from "@shopmesh/mesh";
import type { Price } from "../price.ts";

/** A price of which its buyer pays nothing. */
export type Booking = {
  readonly orderGroupId: string;
  /** Tells it from any other; the same when it is asked again. */
  readonly bookingId: string;
  readonly price: Pick<Price, "tax" | "platformShare">;
  /** Whether it is taken back. */
  readonly reversed: boolean;
};

/** Books what the marketplace pays of a price of which its buyer pays nothing; nothing for what costs nobody anything. */
export async function bookPlatformShare(
  payment: Pick<Client<typeof PaymentService>, "bookPlatformShare">,
  { price: { platformShare, tax }, ...booking }: Booking,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<void> {
  if (platformShare === undefined) return;
  await payment.bookPlatformShare({ requestId: key, ...booking, platformShare, tax }, origin);
}
