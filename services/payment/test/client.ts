import { randomUUID } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AuthorizePaymentRequestSchema,
  BookPlatformShareRequestSchema,
  CapturePaymentRequestSchema,
  CompletePaymentActionRequestSchema,
  GetGiftCardBalanceRequestSchema,
  GetLedgerRequestSchema,
  GetPaymentRequestSchema,
  IssueGiftCardRequestSchema,
  ListDiscrepanciesRequestSchema,
  ListDisputesRequestSchema,
  ListPaymentsRequestSchema,
  ListSavedMethodsRequestSchema,
  MintGiftCardCodeRequestSchema,
  type PaymentTenderSchema,
  ReceivePayPalEventRequestSchema,
  ReceiveStripeEventRequestSchema,
  RefundPaymentRequestSchema,
  ReleasePaymentRequestSchema,
  RemoveSavedMethodRequestSchema,
  RunReconciliationRequestSchema,
  SaveMethodRequestSchema,
  SubmitDisputeEvidenceRequestSchema,
  VoidPaymentRequestSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Call } from "@shopmesh/mesh";
import type { Received } from "@shopmesh/mesh/testing";
import type { adminHandlers } from "../src/handlers/admin.ts";
import type { paymentHandlers } from "../src/handlers/payments.ts";

/** A call of order's, with ten seconds left. */
export function callOn(ground: Pick<Call, "sql" | "transaction">): Call {
  return {
    ...ground,
    deadlineMs: Date.now() + 10_000,
    signal: AbortSignal.timeout(10_000),
    isInTransaction: false,
  } as Call;
}

type Authorize = {
  readonly token?: string;
  /** Instead of the token. */
  readonly tenders?: MessageInitShape<typeof PaymentTenderSchema>[];
  readonly paymentId?: string;
  readonly orderGroupId?: string;
  readonly amount?: { readonly currencyCode: string; readonly minorUnits: bigint };
  readonly customerId?: string;
  readonly guestTokenHash?: string;
};

type Service = ReturnType<typeof paymentHandlers>;
type Admin = ReturnType<typeof adminHandlers>;

/** A person's call. */
function by(call: Call, id: string): Call {
  return { ...call, actor: { kind: "person", id, roles: ["customer"], sellerId: undefined, sessionId: "s" } };
}

/** The service's methods, each with what a test leaves out. */
export function clientOf(service: Service, admin: Admin, call: () => Call) {
  return {
    authorize: (fields: Authorize) => service.authorizePayment(orderOf(fields), call()),
    capture: (fields: MessageInitShape<typeof CapturePaymentRequestSchema>) =>
      service.capturePayment(create(CapturePaymentRequestSchema, fields), call()),
    giveUp: (paymentId: string, reason = "ORDER_CANCELLED") =>
      service.voidPayment(create(VoidPaymentRequestSchema, { paymentId, reason }), call()),
    refund: (fields: MessageInitShape<typeof RefundPaymentRequestSchema>) =>
      service.refundPayment(create(RefundPaymentRequestSchema, { reason: "ORDER_CANCELLED", ...fields }), call()),
    release: (fields: MessageInitShape<typeof ReleasePaymentRequestSchema>) =>
      service.releasePayment(create(ReleasePaymentRequestSchema, { reason: "PARCEL_LOST", ...fields }), call()),
    bookShare: (fields: MessageInitShape<typeof BookPlatformShareRequestSchema>) =>
      service.bookPlatformShare(create(BookPlatformShareRequestSchema, { requestId: "r", ...fields }), call()),
    get: async (paymentId: string) =>
      (await service.getPayment(create(GetPaymentRequestSchema, { paymentId }), call())).payment,
    complete: (paymentId: string) =>
      service.completePaymentAction(create(CompletePaymentActionRequestSchema, { paymentId }), call()),
    receive: (received: Received) =>
      service.receiveStripeEvent(create(ReceiveStripeEventRequestSchema, received), call()),
    receivePayPal: (received: Received) =>
      service.receivePayPalEvent(create(ReceivePayPalEventRequestSchema, received), call()),
    list: (fields: MessageInitShape<typeof ListPaymentsRequestSchema>) =>
      admin.listPayments(create(ListPaymentsRequestSchema, fields), call()),
    issue: async (fields: MessageInitShape<typeof IssueGiftCardRequestSchema>) => {
      const wanted = create(IssueGiftCardRequestSchema, { reason: "GOODWILL", ...fields });
      const { giftCard, code = "" } = await admin.issueGiftCard(wanted, call());
      return { id: giftCard?.id ?? "", code };
    },
    balanceOf: async (code: string) =>
      (await service.getGiftCardBalance(create(GetGiftCardBalanceRequestSchema, { code }), call())).available,
    mint: async (giftCardId: string) =>
      (await service.mintGiftCardCode(create(MintGiftCardCodeRequestSchema, { giftCardId }), call())).code,
    save: async (personId: string, fields: MessageInitShape<typeof SaveMethodRequestSchema>) =>
      (await service.saveMethod(create(SaveMethodRequestSchema, fields), by(call(), personId))).method,
    methodsOf: async (personId: string) =>
      (await service.listSavedMethods(create(ListSavedMethodsRequestSchema, {}), by(call(), personId))).methods ?? [],
    forget: (personId: string, savedMethodId: string) =>
      service.removeSavedMethod(create(RemoveSavedMethodRequestSchema, { savedMethodId }), by(call(), personId)),
    disputes: async () => (await admin.listDisputes(create(ListDisputesRequestSchema, {}), call())).disputes ?? [],
    answer: async (disputeId: string, explanation: string) =>
      (
        await admin.submitDisputeEvidence(
          create(SubmitDisputeEvidenceRequestSchema, { disputeId, explanation, carrier: "fedex" }),
          call(),
        )
      ).dispute,
    reconcile: () => admin.runReconciliation(create(RunReconciliationRequestSchema, {}), call()),
    discrepancies: async (openOnly = true) =>
      (await admin.listDiscrepancies(create(ListDiscrepanciesRequestSchema, { openOnly }), call())).discrepancies ?? [],
    ledger: (fields: MessageInitShape<typeof GetLedgerRequestSchema>) =>
      admin.getLedger(create(GetLedgerRequestSchema, fields), call()),
    balances: async (fields: MessageInitShape<typeof GetLedgerRequestSchema>) => {
      const { balances = [] } = await admin.getLedger(create(GetLedgerRequestSchema, fields), call());
      return Object.fromEntries(balances.map(({ account, balance }) => [account, Number(balance?.minorUnits)]));
    },
  };
}

export const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

function orderOf({ token = "pm_card_visa", ...fields }: Authorize) {
  return create(AuthorizePaymentRequestSchema, {
    requestId: "group/authorize-payment",
    paymentId: randomUUID(),
    orderGroupId: randomUUID(),
    amount: eur(10_000n),
    tenders: [{ means: { case: "card", value: { paymentMethod: token } } }],
    ...fields,
  });
}
