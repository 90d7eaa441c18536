import { ShipmentShippedSchema } from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import { CUSTOMER, type notificationWorld, ORDERS, order } from "./support.ts";

export const SHIPMENT = "0198a000-0000-7000-8000-0000000000b1";
export const PHONE = "+4915112345678";

export type World = Awaited<ReturnType<typeof notificationWorld>>;

/** A parcel of the first order leaves. */
export const shipped = ({ hear }: World, id?: string) =>
  hear(
    ShipmentShippedSchema,
    { shipmentId: SHIPMENT, orderId: ORDERS[0], carrier: "fedex", trackingNumber: "7946" },
    id,
  );

/** The orders are a customer's. */
export const ofCustomer = ({ orders }: World) => {
  for (const id of ORDERS) orders.set(id, order(id, { customerId: CUSTOMER }));
};

/** How she wants to hear. */
export const settings = { locale: "", timeZone: "UTC", phoneNumber: PHONE };
