import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PaymentTenderSchema } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";

/** A means of payment as a saga may remember it: no card's number, and of a gift card's code only the hash. */
export type TenderMeans =
  /** A card: a provider's token, all that older code knew, or a saved method. */
  | { readonly paymentMethod: string; readonly savedMethodId?: string; readonly save?: boolean }
  | { readonly isPayPal: true }
  | { readonly giftCardHash: string };

/** A means with what it pays. */
export type TenderState = TenderMeans & { readonly minorUnits: string };

/** The tender as payment takes it. */
export function tenderToProto(tender: TenderState, currencyCode: string): MessageInitShape<typeof PaymentTenderSchema> {
  const amount = { currencyCode, minorUnits: BigInt(tender.minorUnits) };
  if ("isPayPal" in tender) return { amount, means: { case: "paypal", value: {} } };
  if ("giftCardHash" in tender) {
    const card = { case: "codeHash" as const, value: tender.giftCardHash };
    return { amount, means: { case: "giftCard", value: { card } } };
  }
  const { paymentMethod, savedMethodId = "", save = false } = tender;
  return { amount, means: { case: "card", value: { paymentMethod, savedMethodId, save } } };
}
