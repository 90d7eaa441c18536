import type { PaymentAdminService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage } from "@shopmesh/mesh";
import { listEntries, sumAccounts } from "../store/ledger.ts";
import { listBooks, requireBook } from "../store/payments.ts";
import type { Desk, Ground } from "../effects/change.ts";
import type { GiftCodes } from "../effects/gift-codes.ts";
import type { Reconciliation } from "../effects/reconcile.ts";
import { disputeHandlers } from "./disputes.ts";
import { giftCardAdminHandlers } from "./gift-cards.ts";
import { reconciliationHandlers } from "./reconciliation.ts";
import { entryToProto, paymentToProto, stateNames } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

export type AdminDeps = {
  readonly codes: GiftCodes;
  readonly desk: Desk;
  /** Compares our books with every provider's. */
  readonly reconcile: (ground: Ground) => Promise<Reconciliation>;
};

/** Shows payments and the books to administrators. */
export function adminHandlers({ codes, desk, reconcile }: AdminDeps): Handlers<typeof PaymentAdminService> {
  return {
    ...giftCardAdminHandlers({ ...desk, codes }),
    ...disputeHandlers(desk),
    ...reconciliationHandlers(reconcile),
    async listPayments(request, call) {
      const page = readPage(request, pages);
      const { orderGroupId } = request;
      const states = stateNames(request.states);
      const found = await listBooks(call.sql, { orderGroupId, states, limit: page.limit, afterId: page.after?.[0] });
      const { rows, nextPageToken } = cutPage(found, page, ({ payment }) => [payment.id]);
      return { payments: rows.map(paymentToProto), nextPageToken };
    },
    async getLedger(request, call) {
      const page = readPage(request, pages);
      const { paymentId, account } = request;
      if (paymentId !== "") await requireBook(call.sql, paymentId);
      const [found, balances] = await Promise.all([
        listEntries(call.sql, { paymentId, account }, { limit: page.limit, afterId: page.after?.[0] }),
        sumAccounts(call.sql, { paymentId, account }),
      ]);
      const { rows, nextPageToken } = cutPage(found, page, ({ id }) => [id]);
      return { entries: rows.map(entryToProto), nextPageToken, balances: [...balances] };
    },
  };
}
