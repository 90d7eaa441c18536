import type {
  InventoryAdminService,
  UpdateLocationRequest,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { cutPage, type Handlers, readPage, textPart, type Tx } from "@shopmesh/mesh";
import type { World } from "../effects/moves.ts";
import { addressIn, type Location } from "../location.ts";
import { createLocation, listLocations, lockLocation, updateLocation } from "../store/locations.ts";
import { locationToProto } from "./proto.ts";
import { scopeOf } from "./scope.ts";

const pages = { standard: 50, most: 500, key: [textPart] } as const;

type Names = "createLocation" | "updateLocation" | "listLocations";

/** Places where goods lie. */
export function locationHandlers(world: World): Handlers<typeof InventoryAdminService, Names> {
  return {
    async createLocation({ code, name, countryCode, sellerId, priority, address: given }, call) {
      const owner = scopeOf(call.actor) ?? sellerId;
      const address = addressIn(countryCode, name, given);
      const location = { id: world.newId(), code, name, countryCode, sellerId: owner, priority, address };
      await call.transaction(async (tx) => {
        try {
          await createLocation(tx, location, world.clock());
        } catch (error) {
          if (!isRefusal(error, "DUPLICATE")) throw error;
          throw new DomainError("exists", "LOCATION_CODE_TAKEN", { code });
        }
      });
      return { location: locationToProto(location) };
    },

    async updateLocation(request, call) {
      const location = await call.transaction((tx) => change(tx, request, scopeOf(call.actor)));
      return { location: locationToProto(location) };
    },

    async listLocations(request, call) {
      const page = readPage(request, pages);
      const after = page.after?.[0] ?? "";
      const sellerId = scopeOf(call.actor);
      const found = await listLocations(call.sql, { sellerId, after, limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ code }) => [code]);
      return { locations: rows.map(locationToProto), nextPageToken };
    },
  };
}

async function change(
  tx: Tx,
  { locationId, name, priority, address }: UpdateLocationRequest,
  sellerId: string | undefined,
): Promise<Location> {
  const before = await lockLocation(tx, locationId);
  if (before === undefined || (sellerId !== undefined && before.sellerId !== sellerId)) {
    throw new DomainError("not-found", "LOCATION_NOT_FOUND", { location_id: locationId });
  }
  const known = {
    ...before.address,
    name: before.address.name === before.name ? (name ?? before.name) : before.address.name,
  };
  const after = {
    ...before,
    name: name ?? before.name,
    priority: priority ?? before.priority,
    address: address === undefined ? known : addressIn(before.countryCode, before.name, address),
  };
  await updateLocation(tx, after);
  return after;
}
