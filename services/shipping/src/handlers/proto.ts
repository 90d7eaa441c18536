import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Address as AddressMessage } from "@shopmesh/contracts/shop/common/v1/address_pb.ts";
import * as pb from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { timeField } from "@shopmesh/mesh";
import type { RateOption } from "../rate.ts";
import type { Scan, ShipmentState } from "../scan.ts";
import { type Address, goodsOf, type Shipment } from "../shipment.ts";

const states = {
  planned: pb.ShipmentState.PLANNED,
  picking: pb.ShipmentState.PICKING,
  packed: pb.ShipmentState.PACKED,
  labelled: pb.ShipmentState.LABELLED,
  shipped: pb.ShipmentState.SHIPPED,
  "in-transit": pb.ShipmentState.IN_TRANSIT,
  "out-for-delivery": pb.ShipmentState.OUT_FOR_DELIVERY,
  delivered: pb.ShipmentState.DELIVERED,
  exception: pb.ShipmentState.EXCEPTION,
  delayed: pb.ShipmentState.DELAYED,
  lost: pb.ShipmentState.LOST,
  "return-to-sender": pb.ShipmentState.RETURN_TO_SENDER,
  cancelled: pb.ShipmentState.CANCELLED,
} as const satisfies Record<ShipmentState, pb.ShipmentState>;

export function stateToProto(state: ShipmentState): pb.ShipmentState {
  return states[state];
}

/** The shipment; `labelUrl` empty for whoever need not print it. */
export function shipmentToProto(
  shipment: Shipment,
  scans: readonly Scan[],
  labelUrl: string,
): MessageInitShape<typeof pb.ShipmentSchema> {
  return {
    id: shipment.id,
    key: shipment.key,
    orderId: shipment.orderId,
    orderGroupId: shipment.orderGroupId,
    sellerId: shipment.sellerId,
    locationId: shipment.locationId,
    state: states[shipment.state],
    carrier: shipment.carrier,
    service: shipment.service,
    trackingNumber: shipment.trackingNumber,
    lines: goodsOf(shipment),
    destination: { ...shipment.destination },
    direction: directionToProto(shipment),
    labelUrl,
    scans: scans.map(scanToProto),
    ...timeField("estimatedDeliveryTime", shipment.estimateMs),
    ...timeField("shipTime", shipment.shipMs),
    ...timeField("deliverTime", shipment.deliverMs),
    createTime: timestampFromMs(shipment.createMs),
    version: BigInt(shipment.version),
  };
}

export function directionToProto({ direction }: Pick<Shipment, "direction">): pb.ShipmentDirection {
  return direction === "return" ? pb.ShipmentDirection.RETURN : pb.ShipmentDirection.OUTBOUND;
}

export function scanToProto({
  timeMs,
  state,
  description,
  place,
}: Scan): MessageInitShape<typeof pb.TrackingScanSchema> {
  return { time: timestampFromMs(timeMs), state: states[state], description, place };
}

export function optionToProto(option: RateOption): MessageInitShape<typeof pb.RateOptionSchema> {
  const { id, carrier, service, price, isFallback } = option;
  return {
    id,
    carrier,
    service,
    price,
    earliestDeliveryTime: timestampFromMs(option.earliestMs),
    latestDeliveryTime: timestampFromMs(option.latestMs),
    isFallback,
  };
}

/** Required by the contract wherever this is asked. */
export function addressOf(message: AddressMessage | undefined): Address {
  const { name = "", line1 = "", line2 = "", city = "", region = "" } = message ?? {};
  const { postalCode = "", countryCode = "", phone = "" } = message ?? {};
  return { name, line1, line2, city, region, postalCode, countryCode, phone };
}
