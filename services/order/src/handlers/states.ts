import * as pb from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { CheckoutState } from "../group.ts";
import type { FulfilmentState, OrderState, PaymentState } from "../order.ts";

export const checkoutStates = {
  pending: pb.CheckoutState.PENDING,
  "requires-action": pb.CheckoutState.REQUIRES_ACTION,
  confirmed: pb.CheckoutState.CONFIRMED,
  rejected: pb.CheckoutState.REJECTED,
  cancelled: pb.CheckoutState.CANCELLED,
} as const satisfies Record<CheckoutState, pb.CheckoutState>;

export const orderStates = {
  pending: pb.OrderState.PENDING,
  placed: pb.OrderState.PLACED,
  rejected: pb.OrderState.REJECTED,
  confirmed: pb.OrderState.CONFIRMED,
  processing: pb.OrderState.PROCESSING,
  completed: pb.OrderState.COMPLETED,
  closed: pb.OrderState.CLOSED,
  cancelled: pb.OrderState.CANCELLED,
  "on-hold": pb.OrderState.ON_HOLD,
} as const satisfies Record<OrderState, pb.OrderState>;

export const paymentStates = {
  pending: pb.OrderPaymentState.PENDING,
  "requires-action": pb.OrderPaymentState.REQUIRES_ACTION,
  authorized: pb.OrderPaymentState.AUTHORIZED,
  "partially-captured": pb.OrderPaymentState.PARTIALLY_CAPTURED,
  captured: pb.OrderPaymentState.CAPTURED,
  owed: pb.OrderPaymentState.OWED,
  "partially-refunded": pb.OrderPaymentState.PARTIALLY_REFUNDED,
  refunded: pb.OrderPaymentState.REFUNDED,
  voided: pb.OrderPaymentState.VOIDED,
  failed: pb.OrderPaymentState.FAILED,
} as const satisfies Record<PaymentState, pb.OrderPaymentState>;

export const fulfilmentStates = {
  unfulfilled: pb.OrderFulfilmentState.UNFULFILLED,
  planned: pb.OrderFulfilmentState.PLANNED,
  "partially-shipped": pb.OrderFulfilmentState.PARTIALLY_SHIPPED,
  shipped: pb.OrderFulfilmentState.SHIPPED,
  delivered: pb.OrderFulfilmentState.DELIVERED,
  cancelled: pb.OrderFulfilmentState.CANCELLED,
  failed: pb.OrderFulfilmentState.FAILED,
} as const satisfies Record<FulfilmentState, pb.OrderFulfilmentState>;

/** The domain's words for the states that a request names. */
export function orderStateNames(states: readonly pb.OrderState[]): readonly OrderState[] {
  return namesOf(orderStates, states);
}

export function paymentStateNames(states: readonly pb.OrderPaymentState[]): readonly PaymentState[] {
  return namesOf(paymentStates, states);
}

export function fulfilmentStateNames(states: readonly pb.OrderFulfilmentState[]): readonly FulfilmentState[] {
  return namesOf(fulfilmentStates, states);
}

function namesOf<Name extends string, Value>(all: Readonly<Record<Name, Value>>, wanted: readonly Value[]): Name[] {
  return (Object.keys(all) as Name[]).filter((name) => wanted.includes(all[name]));
}
