import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  ShipmentDeliveredSchema,
  ShipmentFailedSchema,
  ShipmentPlannedSchema,
  ShipmentShippedSchema,
  ShipmentTrackedSchema,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_events_pb.ts";
import type { Tx } from "@shopmesh/mesh";
import { directionToProto, stateToProto } from "../handlers/proto.ts";
import { hasLeft } from "../scan.ts";
import { goodsOf, type Shipment } from "../shipment.ts";

/** Says that a shipment is wanted. */
export function emitPlanned(tx: Tx, shipment: Shipment): void {
  tx.emit(
    ShipmentPlannedSchema,
    { ...fieldsOf(shipment), lines: goodsOf(shipment) },
    { id: shipment.id, version: shipment.version },
  );
}

/** How many versions a change takes: each of its events has its own. */
export function countEvents(before: Shipment, after: Shipment): number {
  return isLeaving(before, after) && after.state !== "shipped" ? 2 : 1;
}

function isLeaving(before: Shipment, after: Shipment): boolean {
  return hasLeft(after.state) && before.shipMs === undefined && after.shipMs !== undefined;
}

/** Says what became of a shipment, in the transaction that changed it. `scanMs`: when the last scan happened. */
export function emitChanges(tx: Tx, before: Shipment, after: Shipment, scanMs: number): void {
  if (before.state === after.state) return;
  const { state } = after;
  const aggregate = { id: after.id, version: after.version };
  const fields = fieldsOf(after);
  const leaves = isLeaving(before, after);
  if (leaves) emitShipped(tx, { ...after, version: before.version + 1 });
  if (state === "delivered") {
    const deliverTime = timestampFromMs(after.deliverMs ?? scanMs);
    tx.emit(ShipmentDeliveredSchema, { ...fields, deliverTime }, aggregate);
  } else if (state === "lost" || state === "return-to-sender" || state === "cancelled") {
    const failed = { ...fields, state: stateToProto(state), reason: after.failureReason };
    tx.emit(ShipmentFailedSchema, failed, aggregate);
  } else if (hasLeft(state) && !(leaves && state === "shipped")) {
    const tracked = { ...fields, state: stateToProto(state), scanTime: timestampFromMs(scanMs) };
    tx.emit(ShipmentTrackedSchema, tracked, aggregate);
  }
}

function emitShipped(tx: Tx, shipment: Shipment): void {
  tx.emit(
    ShipmentShippedSchema,
    {
      ...fieldsOf(shipment),
      carrier: shipment.carrier,
      trackingNumber: shipment.trackingNumber,
      shipTime: timestampFromMs(shipment.shipMs ?? shipment.updateMs),
      lines: goodsOf(shipment),
      locationId: shipment.locationId,
    },
    { id: shipment.id, version: shipment.version },
  );
}

function fieldsOf(shipment: Shipment) {
  return {
    shipmentId: shipment.id,
    orderId: shipment.orderId,
    orderGroupId: shipment.orderGroupId,
    sellerId: shipment.sellerId,
    version: BigInt(shipment.version),
    direction: directionToProto(shipment),
  };
}
