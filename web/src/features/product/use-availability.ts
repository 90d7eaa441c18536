import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, skipToken, useQuery } from "@connectrpc/connect-query";
import type { Availability } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import {
  GetAvailabilityResponseSchema,
  InventoryService,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { transport } from "../../api/transport.ts";
import { useLive } from "../../live/use-live.ts";

/** More a page does not show. */
const MOST_SKUS = 200;

/** How many of each offer can be bought, as it changes; undefined before it is known. */
export function useAvailability(skus: readonly string[]): readonly Availability[] | undefined {
  const input = { skus: skus.slice(0, MOST_SKUS) };
  const isAsked = input.skus.length > 0;
  const { data } = useQuery(InventoryService.method.getAvailability, isAsked ? input : skipToken);
  const queryKey = createConnectQueryKey({
    schema: InventoryService.method.getAvailability,
    input,
    transport,
    cardinality: "finite",
  });
  useLive(isAsked ? { method: InventoryService.method.watchAvailability, input } : undefined, ({ availability }) => {
    if (availability === undefined) return;
    queryClient.setQueryData(queryKey, (known) => {
      const others = (known?.availability ?? []).filter(({ sku }) => sku !== availability.sku);
      return create(GetAvailabilityResponseSchema, { availability: [...others, availability] });
    });
  });
  return data?.availability;
}
