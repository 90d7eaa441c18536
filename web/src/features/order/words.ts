import {
  CheckoutState,
  type Order,
  OrderFulfilmentState,
  type OrderGroup,
  OrderPaymentState,
  OrderState,
  type TimelineEntry,
  TimelineKind,
} from "@shopmesh/contracts/shop/order/v1/order_pb.ts";

import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";

export type Tone = "good" | "bad" | "wait";

/** How a checkout stands, in a word and a sentence. */
export function checkoutWords({ state }: OrderGroup): {
  readonly word: string;
  readonly sentence: string;
  readonly tone: Tone;
} {
  if (state === CheckoutState.CONFIRMED)
    return {
      word: "Confirmed",
      sentence: "Thank you! The order is confirmed; a mail is on its way to you.",
      tone: "good",
    };
  if (state === CheckoutState.REQUIRES_ACTION)
    return { word: "Your bank asks", sentence: "Please confirm the payment with your bank.", tone: "wait" };
  if (state === CheckoutState.REJECTED)
    return { word: "Not accepted", sentence: "The order was not accepted. Nothing was charged.", tone: "bad" };
  if (state === CheckoutState.CANCELLED)
    return { word: "Cancelled", sentence: "The order was cancelled. Nothing was charged.", tone: "bad" };
  return { word: "In progress", sentence: "We are holding the goods and asking for the payment …", tone: "wait" };
}

const orderStates: Readonly<Record<number, string>> = {
  [OrderState.PENDING]: "In progress",
  [OrderState.PLACED]: "Paid, being confirmed",
  [OrderState.REJECTED]: "Not accepted",
  [OrderState.CONFIRMED]: "Confirmed",
  [OrderState.PROCESSING]: "Being sent",
  [OrderState.COMPLETED]: "Delivered",
  [OrderState.CLOSED]: "Closed",
  [OrderState.CANCELLED]: "Cancelled",
  [OrderState.ON_HOLD]: "On hold",
};

/** An order's state in a word. */
export function orderWord(state: OrderState): string {
  return orderStates[state] ?? "In progress";
}

/** Whether that state is a good end, a bad one, or none yet. */
export function orderTone(state: OrderState): Tone {
  if (state === OrderState.REJECTED || state === OrderState.CANCELLED) return "bad";
  return state === OrderState.PENDING || state === OrderState.PLACED || state === OrderState.ON_HOLD ? "wait" : "good";
}

const payments: Readonly<Record<number, string>> = {
  [OrderPaymentState.PENDING]: "not paid yet",
  [OrderPaymentState.REQUIRES_ACTION]: "waits for your bank",
  [OrderPaymentState.AUTHORIZED]: "authorised, charged when it is sent",
  [OrderPaymentState.PARTIALLY_CAPTURED]: "charged in part",
  [OrderPaymentState.CAPTURED]: "charged",
  [OrderPaymentState.PARTIALLY_REFUNDED]: "refunded in part",
  [OrderPaymentState.REFUNDED]: "refunded",
  [OrderPaymentState.VOIDED]: "never charged",
  [OrderPaymentState.FAILED]: "failed",
  [OrderPaymentState.OWED]: "could not be charged",
};

/** How an order's part of the payment stands. */
export function paymentWords(state: OrderPaymentState): string {
  return payments[state] ?? "not known";
}

const fulfilments: Readonly<Record<number, string>> = {
  [OrderFulfilmentState.UNFULFILLED]: "not packed yet",
  [OrderFulfilmentState.PLANNED]: "being packed",
  [OrderFulfilmentState.PARTIALLY_SHIPPED]: "partly on the way",
  [OrderFulfilmentState.SHIPPED]: "on the way",
  [OrderFulfilmentState.DELIVERED]: "arrived",
  [OrderFulfilmentState.CANCELLED]: "will not be sent",
};

/** What every order goes through, in words of the customer. */
export const steps = ["Ordered", "Confirmed", "Packed", "On the way", "Arrived"] as const;

const stepsOfParcels: Readonly<Record<number, number>> = {
  [OrderFulfilmentState.PLANNED]: 2,
  [OrderFulfilmentState.PARTIALLY_SHIPPED]: 3,
  [OrderFulfilmentState.SHIPPED]: 3,
  [OrderFulfilmentState.DELIVERED]: 4,
};

/** The last step that an order has reached; undefined where it goes no further. */
export function stepOf({ state, fulfilmentState }: Pick<Order, "state" | "fulfilmentState">): number | undefined {
  if (state === OrderState.REJECTED || state === OrderState.CANCELLED) return undefined;
  if (state === OrderState.PENDING || state === OrderState.PLACED) return 0;
  return stepsOfParcels[fulfilmentState] ?? 1;
}

const parcels: Readonly<Record<number, string>> = {
  [ShipmentState.PLANNED]: "being packed",
  [ShipmentState.PICKING]: "being packed",
  [ShipmentState.PACKED]: "packed",
  [ShipmentState.LABELLED]: "waits for the carrier",
  [ShipmentState.SHIPPED]: "on the way",
  [ShipmentState.IN_TRANSIT]: "on the way",
  [ShipmentState.OUT_FOR_DELIVERY]: "arrives today",
  [ShipmentState.DELIVERED]: "arrived",
  [ShipmentState.EXCEPTION]: "held up on its way",
  [ShipmentState.DELAYED]: "late",
  [ShipmentState.LOST]: "lost; we are looking into it",
  [ShipmentState.RETURN_TO_SENDER]: "goes back to its sender",
  [ShipmentState.CANCELLED]: "will not be sent",
};

/** How far a parcel is. */
export function parcelWord(state: ShipmentState): string {
  return parcels[state] ?? "on its way";
}

/** How an order's parcels stand. */
export function parcelWords(state: OrderFulfilmentState): string {
  return fulfilments[state] ?? "not known";
}

/** Whether an entry tells of something bad, of waiting, or of progress. */
export function entryTone({ kind }: TimelineEntry): Tone {
  if (kind === TimelineKind.STEP_REFUSED || kind === TimelineKind.STEP_UNDONE || kind === TimelineKind.ALERT)
    return "bad";
  return kind === TimelineKind.STEP_WAITING || kind === TimelineKind.STEP_RETRIED ? "wait" : "good";
}
