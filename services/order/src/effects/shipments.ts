import { type Shipment, ShipmentDirection } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import type { Client, Origin } from "@shopmesh/mesh";

const PAGE_SIZE = 50;

/** All parcels of an order that go to its buyer, however many. */
export async function listParcels(
  shipping: Pick<Client<typeof ShippingService>, "listShipments">,
  orderId: string,
  origin: Origin,
): Promise<readonly Shipment[]> {
  const found: Shipment[] = [];
  let pageToken = "";
  do {
    const page = await shipping.listShipments({ orderId, pageSize: PAGE_SIZE, pageToken }, origin);
    found.push(...page.shipments.filter(({ direction }) => direction !== ShipmentDirection.RETURN));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}
