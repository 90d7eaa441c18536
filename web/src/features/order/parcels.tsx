import { timestampDate } from "@bufbuild/protobuf/wkt";
import { Group, Stack, Text } from "@mantine/core";
import type { Order } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { Shipment } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { useLiveParcel, useParcels } from "./use-parcels.ts";
import { parcelWord } from "./words.ts";

/** Where an order's parcels are. */
export function Parcels({ order }: { readonly order: Order }) {
  const parcels = useParcels(order);
  if (parcels.length === 0) return null;
  return (
    <Stack component="ul" gap="xs" mt="md" m={0} p={0} style={{ listStyle: "none" }} aria-label="Parcels">
      {parcels.map((parcel) => (
        <Parcel key={parcel.id} parcel={parcel} />
      ))}
    </Stack>
  );
}

function Parcel({ parcel }: { readonly parcel: Shipment }) {
  useLiveParcel(parcel);
  const [newest] = parcel.scans;
  return (
    <li className="parcel" data-parcel-state={parcel.state}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          Parcel: {parcelWord(parcel.state)}
        </Text>
        {parcel.estimatedDeliveryTime !== undefined && parcel.deliverTime === undefined && (
          <Text size="sm">Arrives by {dayOf(timestampDate(parcel.estimatedDeliveryTime))}</Text>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {[parcel.service, parcel.trackingNumber].filter((part) => part !== "").join(" · ")}
      </Text>
      {newest !== undefined && (
        <Text size="sm" c="dimmed">
          {[newest.description, newest.place].filter((part) => part !== "").join(", ")}
        </Text>
      )}
    </li>
  );
}

function dayOf(date: Date): string {
  return date.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short" });
}
