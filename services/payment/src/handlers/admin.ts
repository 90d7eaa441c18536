import type { PaymentAdminService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage } from "@shopmesh/mesh";
import { listEntries, sumAccounts } from "../store/ledger.ts";
import { listBooks, requireBook } from "../store/payments.ts";
import { type GiftCardDeps, giftCardAdminHandlers } from "./gift-cards.ts";
import { entryToProto, paymentToProto, stateNames } from "./proto.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

/** Shows payments and the books to administrators. */
export function adminHandlers(deps: GiftCardDeps): Handlers<typeof PaymentAdminService> {
  return {
    ...giftCardAdminHandlers(deps),
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
