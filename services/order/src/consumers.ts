import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  PaymentActionRequiredSchema,
  PaymentAuthorizedSchema,
  PaymentFailedSchema,
  PaymentRefundedSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
  ShipmentShippedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import { type Consumer, on, type Tx } from "@shopmesh/mesh";
import { noteLater } from "./effects/later.ts";
import type { OrderSagas } from "./effects/sagas.ts";
import { wakeAftersale } from "./effects/wake.ts";
import { holdReasons, holdUnpaid } from "./owing.ts";
import { changeGroup } from "./store/change.ts";
import { findOrdersOfGroup } from "./store/lists.ts";

/** News of payments and parcels wake the sagas that wait for them; the sagas then ask, and believe only the answer. */
export function orderConsumers(sagas: Omit<OrderSagas, "delivery">, clock: Clock): readonly Consumer[] {
  // Either a parcel has a saga of its own, or its order's older one waits for all of them.
  const wake = async (tx: Tx, { shipmentId, orderId }: { readonly shipmentId: string; readonly orderId: string }) => {
    await sagas.parcels.signal(tx, shipmentId);
    await sagas.fulfilment.signal(tx, orderId);
  };
  return [
    {
      kind: "shared",
      name: "payment-news",
      order: "each",
      reactions: [
        on(PaymentAuthorizedSchema, ({ orderGroupId }, _meta, tx) => sagas.checkout.signal(tx, orderGroupId)),
        on(PaymentActionRequiredSchema, ({ orderGroupId }, _meta, tx) => sagas.checkout.signal(tx, orderGroupId)),
        on(PaymentFailedSchema, async ({ orderGroupId, reason }, _meta, tx) => {
          await sagas.checkout.signal(tx, orderGroupId);
          if (reason === holdReasons.lapsed) await holdLapsed(tx, orderGroupId, clock());
        }),
      ],
    },
    {
      kind: "shared",
      name: "parcel-news",
      order: "each",
      reactions: [
        on(ShipmentShippedSchema, (news, _meta, tx) => wake(tx, news)),
        on(ShipmentFailedSchema, async (news, _meta, tx) => {
          await wake(tx, news);
          if (news.state === ShipmentState.RETURN_TO_SENDER)
            await noteLater({ ...sagas, clock }, tx, news.shipmentId, { state: "returned", timeMs: clock() });
        }),
        on(ShipmentDeliveredSchema, async (news, _meta, tx) => {
          await wake(tx, news);
          const timeMs = news.deliverTime === undefined ? clock() : timestampMs(news.deliverTime);
          await noteLater({ ...sagas, clock }, tx, news.shipmentId, { state: "delivered", timeMs });
        }),
      ],
    },
    {
      kind: "shared",
      name: "refund-news",
      order: "each",
      reactions: [on(PaymentRefundedSchema, (news, _meta, tx) => wakeGroup(sagas, tx, news))],
    },
    {
      kind: "shared",
      name: "return-news",
      order: "each",
      reactions: [
        on(ShipmentShippedSchema, (news, _meta, tx) => wakeGroup(sagas, tx, news)),
        on(ShipmentFailedSchema, (news, _meta, tx) => wakeGroup(sagas, tx, news)),
      ],
    },
  ];
}

/** Nothing more of a group leaves whose payment has lapsed; a group of nobody's is left alone. */
async function holdLapsed(tx: Tx, groupId: string, nowMs: number): Promise<void> {
  const known = await findOrdersOfGroup(tx, groupId);
  if (known.length > 0) await changeGroup(tx, groupId, nowMs, (group) => holdUnpaid(group, holdReasons.lapsed, nowMs));
}

/** Wakes what the returns and refunds of a group wait for; a group of nobody's is left alone. */
async function wakeGroup(
  sagas: Pick<OrderSagas, "returns" | "refunds">,
  tx: Tx,
  { orderGroupId }: { readonly orderGroupId: string },
): Promise<void> {
  await wakeAftersale(sagas, tx, await findOrdersOfGroup(tx, orderGroupId));
}
