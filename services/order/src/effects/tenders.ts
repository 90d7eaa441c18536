import type { MessageInitShape } from "@bufbuild/protobuf";
import type { PaymentTenderSchema } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { TenderState } from "../tender.ts";

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
