import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RoleGrantedSchema } from "@shopmesh/contracts/shop/auth/v1/auth_events_pb.ts";
import { Role } from "@shopmesh/contracts/shop/auth/v1/auth_pb.ts";
import { CartAbandonedSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import { StockLowSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import {
  GiftCardIssuedSchema,
  PaymentActionRequiredSchema,
  PaymentDisputedSchema,
} from "@shopmesh/contracts/shop/payment/v1/payment_events_pb.ts";
import { OrderPaymentOwedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { DisputeState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
  ShipmentShippedSchema,
  ShipmentTrackedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { ShipmentDirection, ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { on, type Reaction } from "@shopmesh/mesh";
import { type TellDeps, tell, tellStaffLater } from "./telling.ts";

/** Who has just been sent to the bank needs no mail; who went away meanwhile does. */
const ACTION_GRACE_MS = 5 * 60_000;

const disputeStates: Readonly<Record<DisputeState, string>> = {
  [DisputeState.UNSPECIFIED]: "",
  [DisputeState.OPEN]: "OPEN",
  [DisputeState.WON]: "WON",
  [DisputeState.LOST]: "LOST",
};

const roles: Readonly<Record<Role, string>> = {
  [Role.UNSPECIFIED]: "",
  [Role.CUSTOMER]: "customer",
  [Role.SELLER]: "seller",
  [Role.SUPPORT]: "support",
  [Role.ADMIN]: "admin",
};

/** What buyers hear of the parcels that go to them; of what they send back their returns tell. */
export function shippingReactions(deps: TellDeps): readonly Reaction[] {
  return [
    on(ShipmentShippedSchema, async (event, { id: eventId }, tx) => {
      if (comesBack(event)) return;
      const { shipmentId, orderId, carrier, trackingNumber } = event;
      const facts = { shipmentId, carrier, trackingNumber };
      await tell(deps, tx, { template: "shipment-shipped", about: shipmentId, eventId, orderIds: [orderId], facts });
    }),
    on(ShipmentTrackedSchema, async (event, { id: eventId }, tx) => {
      if (comesBack(event) || event.state !== ShipmentState.OUT_FOR_DELIVERY) return;
      await tell(deps, tx, { template: "shipment-out-for-delivery", eventId, ...parcelOf(event) });
    }),
    on(ShipmentFailedSchema, async (event, { id: eventId }, tx) => {
      if (comesBack(event) || event.state !== ShipmentState.LOST) return;
      await tell(deps, tx, { template: "shipment-lost", eventId, ...parcelOf(event) });
    }),
    on(ShipmentDeliveredSchema, async (event, { id: eventId }, tx) => {
      if (comesBack(event)) return;
      await tell(deps, tx, { template: "shipment-delivered", eventId, ...parcelOf(event) });
    }),
  ];
}

function comesBack({ direction }: { readonly direction: ShipmentDirection }): boolean {
  return direction === ShipmentDirection.RETURN;
}

function parcelOf({ shipmentId, orderId }: { readonly shipmentId: string; readonly orderId: string }) {
  return { about: shipmentId, orderIds: [orderId], facts: { shipmentId } };
}

/** What payers, owners of gift cards and administrators hear of money. */
export function paymentReactions(deps: TellDeps): readonly Reaction[] {
  return [
    on(PaymentActionRequiredSchema, async ({ orderGroupId }, { id: eventId }, tx) => {
      const news = { template: "payment-action-required", about: orderGroupId, eventId } as const;
      await tell(deps, tx, { ...news, facts: { orderGroupId }, delayMs: ACTION_GRACE_MS });
    }),
    on(GiftCardIssuedSchema, async ({ giftCardId, personId, amount, expireTime }, { id: eventId }, tx) => {
      if (personId === "") return;
      const sum = { currencyCode: amount?.currencyCode ?? "", minorUnits: String(amount?.minorUnits ?? 0n) };
      const expiry = expireTime === undefined ? {} : { expireMs: String(timestampMs(expireTime)) };
      const facts = { giftCardId, ...sum, ...expiry };
      await tell(deps, tx, { template: "gift-card-issued", about: giftCardId, eventId, personId, facts });
    }),
    on(PaymentDisputedSchema, async (event, { id: eventId }, tx) => {
      const { disputeId, paymentId, orderGroupId, amount, reason } = event;
      const state = disputeStates[event.state] ?? "";
      const sum = { currencyCode: amount?.currencyCode ?? "", minorUnits: String(amount?.minorUnits ?? 0n) };
      const facts = { disputeId, paymentId, orderGroupId, reason: reason.slice(0, 200), state, ...sum };
      const about = `${disputeId}.${state}`;
      tellStaffLater(tx, { template: "payment-disputed", about, eventId, sellerId: "", facts });
    }),
  ];
}

/** What customers hear of carts that they left. */
export function cartReactions(deps: TellDeps): readonly Reaction[] {
  return [
    on(CartAbandonedSchema, async ({ cartId, version, customerId: personId }, { id: eventId }, tx) => {
      if (personId === "") return;
      const facts = { cartId, version: String(version) };
      await tell(deps, tx, { template: "cart-abandoned", about: `${cartId}.${version}`, eventId, personId, facts });
    }),
  ];
}

/** What administrators hear of goods that have left and are not paid for. */
export function owedReactions(): readonly Reaction[] {
  return [
    on(OrderPaymentOwedSchema, async ({ orderNumber, orderGroupId, parcelId, amount, reason }, { id: eventId }, tx) => {
      const sum = { currencyCode: amount?.currencyCode ?? "", minorUnits: String(amount?.minorUnits ?? 0n) };
      const facts = { orderNumber, orderGroupId, parcelId, reason, ...sum };
      tellStaffLater(tx, { template: "payment-owed", about: parcelId, eventId, sellerId: "", facts });
    }),
  ];
}

/** What sellers hear of their stock. */
export function stockReactions(): readonly Reaction[] {
  return [
    on(StockLowSchema, async ({ sku, sellerId, available, threshold }, { id: eventId }, tx) => {
      if (sellerId === "") return;
      const facts = { sku: sku.slice(0, 200), available: String(available), threshold: String(threshold) };
      // It comes to that again and again: each time is a matter of its own.
      tellStaffLater(tx, { template: "stock-low", about: eventId, eventId, sellerId, facts });
    }),
  ];
}

/** What people hear of their accounts. */
export function accountReactions(deps: TellDeps): readonly Reaction[] {
  return [
    on(RoleGrantedSchema, async ({ accountId: personId, role }, { id: eventId }, tx) => {
      const facts = { role: roles[role] ?? "" };
      await tell(deps, tx, { template: "role-granted", about: eventId, eventId, personId, facts });
    }),
  ];
}
