import type { PaymentAdminService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { Handlers } from "@shopmesh/mesh";
import { listEntries, sumAccounts } from "../store/ledger.ts";
import { listBooks, requireBook } from "../store/payments.ts";
import { nextPageToken, pageOf } from "./page.ts";
import { entryToProto, paymentToProto, stateNames } from "./proto.ts";

/** Shows payments and the books to administrators. */
export function adminHandlers(): Handlers<typeof PaymentAdminService> {
  return {
    async listPayments(request, call) {
      const page = pageOf(request);
      const { orderGroupId } = request;
      const states = stateNames(request.states);
      const books = await listBooks(call.sql, { orderGroupId, states, ...page });
      const ids = books.map(({ payment }) => payment.id);
      return { payments: books.map(paymentToProto), nextPageToken: nextPageToken(page, ids) };
    },
    async getLedger(request, call) {
      const page = pageOf(request);
      const { paymentId, account } = request;
      if (paymentId !== "") await requireBook(call.sql, paymentId);
      const [entries, balances] = await Promise.all([
        listEntries(call.sql, { paymentId, account }, page),
        sumAccounts(call.sql, { paymentId, account }),
      ]);
      const ids = entries.map(({ id }) => id);
      return {
        entries: entries.map(entryToProto),
        nextPageToken: nextPageToken(page, ids),
        balances: [...balances],
      };
    },
  };
}
