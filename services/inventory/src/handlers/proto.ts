import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type AvailabilitySchema,
  AvailabilityState,
  type Destination as ProtoDestination,
  Disposition as ProtoDisposition,
  type LocationSchema,
  MovementKind as ProtoKind,
  type MovementSchema,
  type StockLevelSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import type { AllocatedOrderSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { timeField } from "@shopmesh/mesh";
import type { Destination, Location } from "../location.ts";
import type { MovementKind, RecordedMovement } from "../movement.ts";
import type { Disposition } from "../restock.ts";
import { type Available, availableAt, type PlacedLine, type StockLevel } from "../stock.ts";

const kinds: Readonly<Record<MovementKind, ProtoKind>> = {
  received: ProtoKind.RECEIVED,
  adjusted: ProtoKind.ADJUSTED,
  held: ProtoKind.HELD,
  released: ProtoKind.RELEASED,
  allocated: ProtoKind.ALLOCATED,
  deallocated: ProtoKind.DEALLOCATED,
  shipped: ProtoKind.SHIPPED,
  returned: ProtoKind.RETURNED,
  "written-off": ProtoKind.WRITTEN_OFF,
  transferred: ProtoKind.TRANSFERRED,
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
    backorderLimit: level.backorderLimit,
    ...timed(level.expectMs),
    lowThreshold: level.lowThreshold,
  };
}

/** The availability as told. */
export function availableToProto({
  expectMs,
  ...told
}: Available & { readonly sku: string }): MessageInitShape<typeof AvailabilitySchema> {
  return { ...told, state: stateOf(told), ...timed(expectMs) };
}

function stateOf({ available, backorder }: Pick<Available, "available" | "backorder">): AvailabilityState {
  if (available === 0) return AvailabilityState.OUT_OF_STOCK;
  return available > backorder ? AvailabilityState.IN_STOCK : AvailabilityState.BACKORDER;
}

function timed(expectMs: number | undefined): { expectTime?: Timestamp } {
  return timeField("expectTime", expectMs);
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

/** Where goods shall go. */
export function placeOf(destination: ProtoDestination | undefined): Destination | undefined {
  if (destination === undefined) return undefined;
  const { countryCode, region, postalCode } = destination;
  return { countryCode, region, postalCode };
}

/** What becomes of goods that came back; the contract lets nothing else pass. */
export function dispositionOf(disposition: ProtoDisposition): Disposition {
  return disposition === ProtoDisposition.DAMAGED ? "damaged" : "resellable";
}

/** An order's goods as told, with the locations that they name. */
export function allocatedToProto(
  { orderId, lines }: { readonly orderId: string; readonly lines: readonly PlacedLine[] },
  locations: readonly Location[],
): MessageInitShape<typeof AllocatedOrderSchema> {
  const named = new Map(
    lines.map(({ locationId }) => [locationId, locations.find(({ id }) => id === locationId)] as const),
  );
  const known = [...named.values()].filter((location) => location !== undefined);
  return { orderId, lines: [...lines], locations: known.map(locationToProto) };
}

/** A span in milliseconds; the contract requires it. */
export function millisecondsOf(span: Duration | undefined): number {
  return span === undefined ? 0 : Number(span.seconds) * 1_000 + Math.floor(span.nanos / 1_000_000);
}

/** A time as told. */
export function timestampOf(timeMs: number): Timestamp {
  return timestampFromMs(timeMs);
}
