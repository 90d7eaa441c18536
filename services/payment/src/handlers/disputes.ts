import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { DisputeSchema } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentAdminService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { cutPage, type Handlers, idPart, readPage, timeField } from "@shopmesh/mesh";
import type { Dispute } from "../dispute.ts";
import type { Desk } from "../effects/change.ts";
import { disputeStates, submitEvidence } from "../effects/disputes.ts";
import { listDisputes } from "../store/disputes.ts";

const pages = { standard: 50, most: 200, key: [idPart] } as const;
const stateNames = ["open", "won", "lost"] as const;

export function disputeHandlers(
  desk: Desk,
): Pick<Handlers<typeof PaymentAdminService>, "listDisputes" | "submitDisputeEvidence"> {
  return {
    async listDisputes(request, call) {
      const page = readPage(request, pages);
      const states = stateNames.filter((name) => request.states.includes(disputeStates[name]));
      const filter = { paymentId: request.paymentId, states, limit: page.limit, afterId: page.after?.[0] };
      const { rows, nextPageToken } = cutPage(await listDisputes(call.sql, filter), page, ({ id }) => [id]);
      return { disputes: rows.map(disputeToProto), nextPageToken };
    },
    async submitDisputeEvidence({ disputeId, explanation, carrier, trackingNumber }, call) {
      const dispute = await submitEvidence(desk, call, disputeId, { explanation, carrier, trackingNumber });
      return { dispute: disputeToProto(dispute) };
    },
  };
}

function disputeToProto(dispute: Dispute): MessageInitShape<typeof DisputeSchema> {
  return {
    id: dispute.id,
    paymentId: dispute.paymentId,
    orderGroupId: dispute.orderGroupId,
    provider: dispute.provider,
    providerReference: dispute.reference,
    state: disputeStates[dispute.state],
    amount: dispute.amount,
    fee: dispute.fee,
    reason: dispute.reason,
    ...timeField("evidenceDueTime", dispute.evidenceDueMs),
    answered: dispute.isAnswered,
    createTime: timestampFromMs(dispute.createMs),
    updateTime: timestampFromMs(dispute.updateMs),
  };
}
