import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import type { SagaDriver, ServiceContext, Tx } from "@shopmesh/mesh";
import type { Order } from "../order.ts";
import { type CheckoutState, checkoutPlan } from "./checkout.ts";
import { type CollectionState, collectionPlan } from "./collection.ts";
import { type DeliveryState, deliveryPlan } from "./delivery.ts";
import { type FulfilmentState, fulfilmentPlan } from "./fulfilment.ts";
import { type ParcelSagaState, parcelPlan } from "./parcel.ts";
import { type RefundState, refundPlan } from "./refund.ts";
import type { RecentGroups } from "./recent.ts";
import { wakeOrders } from "./wake.ts";
import { locationsIn, type ReturnSagaState, returnPlan } from "./return.ts";

/** The sagas of an order, from its placement to its last parcel, and of what comes after. */
export type OrderSagas = {
  /** By the group's id. */
  readonly checkout: SagaDriver<CheckoutState>;
  /** By the order's id: the older plan, which sends an order whole. */
  readonly fulfilment: SagaDriver<FulfilmentState>;
  /** By the order's id. */
  readonly delivery: SagaDriver<DeliveryState>;
  /** By the parcel's id. */
  readonly parcels: SagaDriver<ParcelSagaState>;
  /** By the return's id, from its approval on. */
  readonly returns: SagaDriver<ReturnSagaState>;
  /** By the refund's id: of those without goods. */
  readonly refunds: SagaDriver<RefundState>;
  /** By an id of its own: of what is owed for a parcel that has left. */
  readonly collections: SagaDriver<CollectionState>;
};

/** The sagas of the order service, each asking for the others only when it is driven. */
export function createSagas(
  context: Pick<ServiceContext, "clock" | "newId" | "sql" | "client" | "saga">,
  recent: RecentGroups,
): OrderSagas {
  const { clock, newId, sql } = context;
  const inventory = context.client(InventoryService);
  const payment = context.client(PaymentService);
  const cart = context.client(CartService);
  const promotion = context.client(PromotionService);
  const shipping = context.client(ShippingService);
  const ground = { clock, newId, sql, inventory, payment, shipping };
  const wake = (tx: Tx, orders: readonly Order[]) =>
    wakeOrders({ fulfilment, delivery, parcels, returns, refunds }, tx, orders);
  const fulfilment: SagaDriver<FulfilmentState> = context.saga(fulfilmentPlan(ground));
  const parcels: SagaDriver<ParcelSagaState> = context.saga(
    parcelPlan({ ...ground, delivery: () => delivery, parcels: () => parcels, collections: () => collections, wake }),
  );
  const delivery: SagaDriver<DeliveryState> = context.saga(
    deliveryPlan({ ...ground, parcels: () => parcels, returns: () => returns }),
  );
  const checkout = context.saga(
    checkoutPlan({
      ...{ clock, newId, inventory, promotion, payment, cart },
      ...{ delivery: () => delivery, returns: () => returns, recent },
    }),
  );
  const refunds = context.saga(refundPlan(ground));
  const returns: SagaDriver<ReturnSagaState> = context.saga(
    returnPlan({ ...ground, locationOf: locationsIn(fulfilment) }),
  );
  const collections: SagaDriver<CollectionState> = context.saga(collectionPlan({ ...ground, refunds, wake }));
  return { checkout, fulfilment, delivery, parcels, returns, refunds, collections };
}
