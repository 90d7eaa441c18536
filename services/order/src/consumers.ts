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
import { type Consumer, on, type SagaDriver } from "@shopmesh/mesh";
import type { CheckoutState } from "./effects/checkout.ts";
import type { FulfilmentState } from "./effects/fulfilment.ts";

/** News of payments and parcels wake the sagas that wait for them; the sagas then ask, and believe only the answer. */
export function orderConsumers(sagas: {
  readonly checkout: SagaDriver<CheckoutState>;
  readonly fulfilment: SagaDriver<FulfilmentState>;
}): readonly Consumer[] {
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
        on(ShipmentShippedSchema, ({ orderId }, _meta, tx) => sagas.fulfilment.signal(tx, orderId)),
        on(ShipmentFailedSchema, ({ orderId }, _meta, tx) => sagas.fulfilment.signal(tx, orderId)),
        on(ShipmentDeliveredSchema, ({ orderId }, _meta, tx) => sagas.fulfilment.signal(tx, orderId)),
      ],
    },
  ];
}
