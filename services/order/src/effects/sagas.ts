import type { SagaDriver } from "@shopmesh/mesh";
import type { CheckoutState } from "./checkout.ts";
import type { DeliveryState } from "./delivery.ts";
import type { FulfilmentState } from "./fulfilment.ts";
import type { ParcelSagaState } from "./parcel.ts";

/** The sagas of an order, from its placement to its last parcel. */
export type OrderSagas = {
  /** By the group's id. */
  readonly checkout: SagaDriver<CheckoutState>;
  /** By the order's id: the older plan, which sends an order whole. */
  readonly fulfilment: SagaDriver<FulfilmentState>;
  /** By the order's id. */
  readonly delivery: SagaDriver<DeliveryState>;
  /** By the parcel's id. */
  readonly parcels: SagaDriver<ParcelSagaState>;
};
