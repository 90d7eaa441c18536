import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DiscrepancyKind, type DiscrepancySchema } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentAdminService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage, timeField } from "@shopmesh/mesh";
import type { Ground } from "../effects/change.ts";
import type { Reconciliation } from "../effects/reconcile.ts";
import type { Discrepancy } from "../reconcile.ts";
import { listDiscrepancies } from "../store/reconciliation.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;

/** `run` compares our books with every provider's. */
export function reconciliationHandlers(
  run: (ground: Ground) => Promise<Reconciliation>,
): Pick<Handlers<typeof PaymentAdminService>, "runReconciliation" | "listDiscrepancies"> {
  return {
    async runReconciliation(_request, call) {
      const { checked, found, resolved } = await run(call);
      return { checkedCount: checked, foundCount: found, resolvedCount: resolved };
    },
    async listDiscrepancies(request, call) {
      const page = readPage(request, pages);
      const { provider, openOnly: isOpenOnly } = request;
      const filter = { provider, isOpenOnly, limit: page.limit, afterId: page.after?.[0] };
      const { rows, nextPageToken } = cutPage(await listDiscrepancies(call.sql, filter), page, ({ id }) => [id]);
      return { discrepancies: rows.map(discrepancyToProto), nextPageToken };
    },
  };
}

const kinds = {
  "missing-here": DiscrepancyKind.MISSING_HERE,
  "missing-there": DiscrepancyKind.MISSING_THERE,
  "amount-differs": DiscrepancyKind.AMOUNT_DIFFERS,
  "state-differs": DiscrepancyKind.STATE_DIFFERS,
  "dispute-differs": DiscrepancyKind.DISPUTE_DIFFERS,
} as const satisfies Record<Discrepancy["kind"], DiscrepancyKind>;

function discrepancyToProto(found: Discrepancy): MessageInitShape<typeof DiscrepancySchema> {
  return {
    id: found.id,
    provider: found.provider,
    providerReference: found.reference,
    paymentId: found.paymentId,
    kind: kinds[found.kind],
    here: found.here,
    there: found.there,
    findTime: timestampFromMs(found.findMs),
    ...timeField("resolveTime", found.resolveMs),
  };
}
