import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type LocationSchema,
  MovementKind as ProtoKind,
  type MovementSchema,
  type StockLevelSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import type { Location } from "../location.ts";
import type { MovementKind, RecordedMovement } from "../movement.ts";
import { availableAt, type StockLevel } from "../stock.ts";

const kinds: Readonly<Record<MovementKind, ProtoKind>> = {
  received: ProtoKind.RECEIVED,
  adjusted: ProtoKind.ADJUSTED,
  held: ProtoKind.HELD,
  released: ProtoKind.RELEASED,
  allocated: ProtoKind.ALLOCATED,
  deallocated: ProtoKind.DEALLOCATED,
  shipped: ProtoKind.SHIPPED,
};

/** The level as told: what expired holds still count is not held. */
export function levelToProto(level: StockLevel): MessageInitShape<typeof StockLevelSchema> {
  return {
    sku: level.sku,
    locationId: level.locationId,
    sellerId: level.sellerId,
    onHand: level.onHand,
    allocated: level.allocated,
    held: level.held - level.expired,
    safety: level.safety,
    available: availableAt(level),
    version: level.version,
  };
}

/** The movement as told. */
export function movementToProto(movement: RecordedMovement): MessageInitShape<typeof MovementSchema> {
  const { kind, createMs, sellerId: _sellerId, sequence: _sequence, ...told } = movement;
  return { ...told, kind: kinds[kind], createTime: timestampFromMs(createMs) };
}

/** The location as told. */
export function locationToProto(location: Location): MessageInitShape<typeof LocationSchema> {
  return { ...location };
}

/** A span in milliseconds; the contract requires it. */
export function millisecondsOf(span: Duration | undefined): number {
  return span === undefined ? 0 : Number(span.seconds) * 1_000 + Math.floor(span.nanos / 1_000_000);
}

/** A time as told. */
export function timestampOf(timeMs: number): Timestamp {
  return timestampFromMs(timeMs);
}
