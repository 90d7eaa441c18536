import type { InventoryAdminService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { type Handlers, personIdOf } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects.ts";
import { pageKey, pageOf, pageSize } from "../page.ts";
import { counting, type StockLevel } from "../stock.ts";
import { lockLevels, listLevels } from "../store/levels.ts";
import { createLocation, listLocations } from "../store/locations.ts";
import { auditLevels, listMovements } from "../store/movements.ts";
import { levelToProto, locationToProto, movementToProto } from "./proto.ts";
import { receive } from "./receive.ts";
import { scopeOf } from "./scope.ts";

const MAX_DIFFERENCES = 1_000;

type StockNames = "receiveStock" | "adjustStock" | "listStock";

/** Counting goods, by sellers and administrators. */
export function adminHandlers(world: World): Handlers<typeof InventoryAdminService> {
  return { ...stockHandlers(world), ...recordHandlers(world) };
}

function stockHandlers(world: World): Handlers<typeof InventoryAdminService, StockNames> {
  return {
    async receiveStock(request, call) {
      const levels = await call.transaction((tx) => receive(tx, world, request, call.actor));
      return { levels: levels.map(levelToProto) };
    },

    async adjustStock({ locationId, sku, onHandChange, note }, call) {
      const sellerId = scopeOf(call.actor);
      const level = await call.transaction(async (tx) => {
        const levels = await lockLevels(tx, [sku], world.clock());
        const found = levels.find((candidate) => candidate.locationId === locationId);
        if (found === undefined || (sellerId !== undefined && found.sellerId !== sellerId)) {
          throw new DomainError("not-found", "STOCK_NOT_FOUND", { sku, location_id: locationId });
        }
        refuseCommitted(found, onHandChange);
        const changes = [counting({ sku, locationId, quantity: onHandChange })];
        const actorId = personIdOf(call.actor) ?? "";
        const move = { changes, kind: "adjusted", reference: "", actorId, note } as const;
        const [changed] = await moveStock(tx, world, levels, move);
        return changed ?? found;
      });
      return { level: levelToProto(level) };
    },

    async listStock({ pageSize: asked, pageToken, locationId, sku }, call) {
      const size = pageSize(asked);
      const filter = {
        sellerId: scopeOf(call.actor),
        locationId: locationId || undefined,
        sku: sku || undefined,
        after: pageKey(pageToken, 2),
        limit: size + 1,
      };
      const rows = await listLevels(call.sql, filter, world.clock());
      const page = pageOf(rows, size, (level) => [level.sku, level.locationId]);
      return { levels: page.items.map(levelToProto), nextPageToken: page.nextPageToken };
    },
  };
}

function recordHandlers(world: World): Omit<Handlers<typeof InventoryAdminService>, StockNames> {
  return {
    async listMovements({ pageSize: asked, pageToken, sku, reference }, call) {
      const size = pageSize(asked);
      const filter = {
        sellerId: scopeOf(call.actor),
        sku: sku || undefined,
        reference: reference || undefined,
        before: pageKey(pageToken, 1)?.[0],
        limit: size + 1,
      };
      const page = pageOf(await listMovements(call.sql, filter), size, ({ sequence }) => [sequence]);
      return { movements: page.items.map(movementToProto), nextPageToken: page.nextPageToken };
    },

    async createLocation({ code, name, countryCode, sellerId, priority }, call) {
      const owner = scopeOf(call.actor) ?? sellerId;
      const location = { id: world.newId(), code, name, countryCode, sellerId: owner, priority };
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

    async listLocations({ pageSize: asked, pageToken }, call) {
      const size = pageSize(asked);
      const after = pageKey(pageToken, 1)?.[0] ?? "";
      const sellerId = scopeOf(call.actor);
      const rows = await listLocations(call.sql, { sellerId, after, limit: size + 1 });
      const page = pageOf(rows, size, ({ code }) => [code]);
      return { locations: page.items.map(locationToProto), nextPageToken: page.nextPageToken };
    },

    async auditStock(_request, call) {
      const { differences, comparedCount } = await auditLevels(call.sql, MAX_DIFFERENCES);
      return { differences: [...differences], comparedCount };
    },
  };
}

function refuseCommitted(level: StockLevel, onHandChange: number): void {
  const committed = level.allocated + level.held - level.expired;
  if (level.onHand + onHandChange >= committed) return;
  throw new DomainError("precondition", "STOCK_COMMITTED", {
    sku: level.sku,
    location_id: level.locationId,
    on_hand: String(level.onHand),
    committed: String(committed),
  });
}
