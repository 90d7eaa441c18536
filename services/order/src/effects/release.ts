import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Money } from "@shopmesh/kernel";
import type { Client, StepAttempt } from "@shopmesh/mesh";

/** A part of a group's payment that nobody wants any more. */
export type Release = {
  readonly paymentId: string;
  /** Tells it from any other; the same when it is asked again. */
  readonly releaseId: string;
  readonly amount: Money;
  readonly reason: string;
};

/** Gives a part of a payment up; payment knows what that means at its provider. Nothing for nothing: a coupon may pay it all. */
export async function releaseMoney(
  payment: Pick<Client<typeof PaymentService>, "releasePayment">,
  release: Release,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<void> {
  if (release.amount.minorUnits === 0n) return;
  await payment.releasePayment({ requestId: `${key}/release`, ...release }, origin);
}
