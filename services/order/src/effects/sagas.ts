import type { SagaDriver } from "@shopmesh/mesh";
import type { CheckoutState } from "./checkout.ts";
import type { DeliveryState } from "./delivery.ts";
import type { FulfilmentState } from "./fulfilment.ts";
import type { ParcelSagaState } from "./parcel.ts";
import type { RefundState } from "./refund.ts";
import type { ReturnSagaState } from "./return.ts";

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
};
