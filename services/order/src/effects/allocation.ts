import type { AllocatedOrder } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { Allocated } from "../packing.ts";
import { type Address, plainAddress } from "../quote.ts";
import type { DeliveryState } from "./delivery.ts";

/** Where an order's goods lie, once they are its own. */
export type Allocation = {
  readonly orderId: string;
  readonly lines: readonly Allocated[];
  /** Absent in what older code wrote. */
  readonly origins?: DeliveryState["origins"];
};

/** What inventory said, as a saga remembers it. */
export function allocationOf({ orderId, lines, locations }: AllocatedOrder): Allocation {
  return {
    orderId,
    lines: lines.map(({ sku, quantity, locationId }) => ({ sku, quantity, locationId })),
    origins: addressesOf(locations),
  };
}

/** The addresses of locations, without those where a carrier cannot fetch a parcel. */
export function addressesOf(locations: AllocatedOrder["locations"]): DeliveryState["origins"] {
  return locations.flatMap(({ id: locationId, address }) =>
    address === undefined || !isWhole(address) ? [] : { locationId, address: plainAddress(address) },
  );
}

/** Whether a carrier can fetch a parcel there: a location may be known by its country alone. */
function isWhole({ line1, city }: Address): boolean {
  return line1 !== "" && city !== "";
}
