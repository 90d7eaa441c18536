import {
  PaymentActionRequiredSchema,
  PaymentAuthorizedSchema,
  PaymentFailedSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
  ShipmentShippedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { type Consumer, on, type Tx } from "@shopmesh/mesh";
import type { OrderSagas } from "./effects/sagas.ts";

/** News of payments and parcels wake the sagas that wait for them; the sagas then ask, and believe only the answer. */
export function orderConsumers(sagas: Omit<OrderSagas, "delivery">): readonly Consumer[] {
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
        on(PaymentFailedSchema, ({ orderGroupId }, _meta, tx) => sagas.checkout.signal(tx, orderGroupId)),
      ],
    },
    {
      kind: "shared",
      name: "parcel-news",
      order: "each",
      reactions: [
        on(ShipmentShippedSchema, (news, _meta, tx) => wake(tx, news)),
        on(ShipmentFailedSchema, (news, _meta, tx) => wake(tx, news)),
        on(ShipmentDeliveredSchema, (news, _meta, tx) => wake(tx, news)),
      ],
    },
  ];
}
