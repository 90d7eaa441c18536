import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as pb from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { timeField } from "@shopmesh/mesh";
import type { Parcel, ParcelState } from "../parcel.ts";

const states = {
  planned: pb.ParcelState.PLANNED,
  packed: pb.ParcelState.PACKED,
  shipped: pb.ParcelState.SHIPPED,
  delivered: pb.ParcelState.DELIVERED,
  lost: pb.ParcelState.LOST,
  returned: pb.ParcelState.RETURNED,
  cancelling: pb.ParcelState.CANCELLING,
  cancelled: pb.ParcelState.CANCELLED,
} as const satisfies Record<ParcelState, pb.ParcelState>;

/** A parcel as its buyer and its seller read it. */
export function parcelToProto(parcel: Parcel): MessageInitShape<typeof pb.ParcelSchema> {
  const { id, state, lines, amount, shipping, isCaptured, shipMs, deliverMs, endReason, laterEnd } = parcel;
  const { owedReason = "" } = parcel;
  return {
    id,
    state: states[state],
    lines: lines.map(({ lineId, sku, quantity }) => ({ lineId, sku, quantity })),
    amount,
    shipping,
    captured: isCaptured,
    owedReason,
    ...timeField("shipTime", shipMs),
    ...timeField("deliverTime", deliverMs),
    endReason,
    ...(laterEnd && { laterState: states[laterEnd.state], laterTime: timestampFromMs(laterEnd.timeMs) }),
  };
}
