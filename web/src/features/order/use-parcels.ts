import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, skipToken, useQuery } from "@connectrpc/connect-query";
import { type Order, OrderFulfilmentState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { Shipment } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import {
  ListShipmentsResponseSchema,
  ShippingService,
} from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { transport } from "../../api/transport.ts";
import { useLive } from "../../live/use-live.ts";

const LOOK_AGAIN_MS = 5_000;

/** An order's parcels; none before they are planned. */
export function useParcels({ id, fulfilmentState }: Order): readonly Shipment[] {
  const isPlanned = fulfilmentState > OrderFulfilmentState.UNFULFILLED;
  const { data } = useQuery(ShippingService.method.listShipments, isPlanned ? { orderId: id } : skipToken, {
    // The page moves by itself: a list that was not to be had, or came too early, is asked for again.
    refetchInterval: ({ state }) => ((state.data?.shipments.length ?? 0) > 0 ? false : LOOK_AGAIN_MS),
  });
  return data?.shipments ?? [];
}

/** Keeps a parcel of the list as it moves. */
export function useLiveParcel({ id, orderId }: Shipment): void {
  const topic = { method: ShippingService.method.watchShipment, input: { shipmentId: id }, keyId: orderId };
  useLive(topic, ({ shipment }) => {
    if (shipment === undefined) return;
    const { method } = ShippingService;
    const queryKey = createConnectQueryKey({
      schema: method.listShipments,
      input: { orderId },
      transport,
      cardinality: "finite",
    });
    queryClient.setQueryData(queryKey, (known) =>
      create(ListShipmentsResponseSchema, {
        shipments: (known?.shipments ?? []).map((parcel) => (parcel.id === id ? shipment : parcel)),
      }),
    );
  });
}
