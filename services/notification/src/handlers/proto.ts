import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Address } from "@shopmesh/contracts/shop/common/v1/address_pb.ts";
import type { Money as ProtoMoney } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";
import {
  Channel,
  type DeliverySchema,
  DeliveryState as ProtoState,
} from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import type { Order, OrderLine } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { DomainError, type Money } from "@shopmesh/kernel";
import type { Delivery, DeliveryState } from "../delivery.ts";
import type { Confirmation, ConfirmedLine, ConfirmedOrder } from "../order-confirmed.ts";

const protoStates = {
  pending: ProtoState.PENDING,
  delivered: ProtoState.DELIVERED,
  failed: ProtoState.FAILED,
} as const satisfies Record<DeliveryState, ProtoState>;

/** The states named, without those that this version does not know. */
export function statesFromProto(states: readonly ProtoState[]): readonly DeliveryState[] {
  return (Object.keys(protoStates) as DeliveryState[]).filter((state) => states.includes(protoStates[state]));
}

export function deliveryToProto(delivery: Delivery): MessageInitShape<typeof DeliverySchema> {
  const { id, template, recipient, subject, eventId, customerId, nextAttemptMs } = delivery;
  return {
    id,
    channel: Channel.EMAIL,
    template,
    recipient,
    subject,
    state: protoStates[delivery.state],
    attemptCount: delivery.attemptCount,
    failureReason: delivery.failureReason,
    eventId,
    orderId: delivery.orderIds[0] ?? "",
    customerId,
    providerReference: delivery.providerReference,
    createTime: timestampFromMs(delivery.createMs),
    updateTime: timestampFromMs(delivery.updateMs),
    ...(nextAttemptMs === undefined ? {} : { nextAttemptTime: timestampFromMs(nextAttemptMs) }),
  };
}

/** Who gets the mail about `orders`: at `address` where it went there before, else at the orders' own; undefined for nobody. */
export function recipientOf(
  orders: readonly Order[],
  address: string,
): { readonly name: string; readonly address: string } | undefined {
  const [first] = orders;
  const known = address === "" ? (first?.email ?? "") : address;
  return known === "" ? undefined : { name: first?.shippingAddress?.name ?? "", address: known };
}

/** What the confirmation of `orders` tells; all of one checkout, so they go to one address. */
export function confirmationOf(orders: readonly Order[], publicUrl: string): Confirmation {
  return { orders: orders.map(orderOf), addressLines: addressLinesOf(orders[0]?.shippingAddress), publicUrl };
}

function orderOf({ number, sellerName, lines, totals, shipping }: Order): ConfirmedOrder {
  return {
    number,
    sellerName,
    lines: lines.map(lineOf),
    subtotal: moneyOf(totals?.subtotal),
    discount: moneyOf(totals?.discount),
    shipping: moneyOf(totals?.shipping),
    tax: moneyOf(totals?.tax),
    total: moneyOf(totals?.total),
    shippingService: shipping?.serviceName ?? "",
  };
}

function lineOf({ title, optionTitle, quantity, total }: OrderLine): ConfirmedLine {
  return { title, optionTitle, quantity, total: moneyOf(total) };
}

function moneyOf(money: ProtoMoney | undefined): Money {
  if (money === undefined) throw new DomainError("internal", "ORDER_INCOMPLETE");
  return { currencyCode: money.currencyCode, minorUnits: money.minorUnits };
}

function addressLinesOf(address: Address | undefined): readonly string[] {
  if (address === undefined) return [];
  const { name, line1, line2, postalCode, city, region, countryCode } = address;
  return [name, line1, line2, [postalCode, city].join(" ").trim(), region, countryCode].filter((line) => line !== "");
}
