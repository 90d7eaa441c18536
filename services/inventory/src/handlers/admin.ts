import type { InventoryAdminService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import { cutPage, type Handlers, idPart, numberPart, personIdOf, readPage, textPart } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects/moves.ts";
import { addressIn } from "../location.ts";
import { counting, type StockLevel } from "../stock.ts";
import { lockLevels, listLevels } from "../store/levels.ts";
import { createLocation, listLocations } from "../store/locations.ts";
import { auditLevels, listMovements } from "../store/movements.ts";
import { levelToProto, locationToProto, movementToProto } from "./proto.ts";
import { receive } from "./receive.ts";
import { scopeOf } from "./scope.ts";

const MAX_DIFFERENCES = 1_000;

const sizes = { standard: 50, most: 500 };
const stockPages = { ...sizes, key: [textPart, idPart] } as const;
const movementPages = { ...sizes, key: [numberPart] } as const;
const locationPages = { ...sizes, key: [textPart] } as const;

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

    async listStock(request, call) {
      const page = readPage(request, stockPages);
      const filter = {
        sellerId: scopeOf(call.actor),
        locationId: request.locationId || undefined,
        sku: request.sku || undefined,
        after: page.after,
        limit: page.limit,
      };
      const found = await listLevels(call.sql, filter, world.clock());
      const { rows, nextPageToken } = cutPage(found, page, (level) => [level.sku, level.locationId]);
      return { levels: rows.map(levelToProto), nextPageToken };
    },
  };
}

function recordHandlers(world: World): Omit<Handlers<typeof InventoryAdminService>, StockNames> {
  return {
    async listMovements(request, call) {
      const page = readPage(request, movementPages);
      const filter = {
        sellerId: scopeOf(call.actor),
        sku: request.sku || undefined,
        reference: request.reference || undefined,
        before: page.after?.[0],
        limit: page.limit,
      };
      const { rows, nextPageToken } = cutPage(await listMovements(call.sql, filter), page, ({ sequence }) => [
        sequence,
      ]);
      return { movements: rows.map(movementToProto), nextPageToken };
    },

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

    async listLocations(request, call) {
      const page = readPage(request, locationPages);
      const after = page.after?.[0] ?? "";
      const sellerId = scopeOf(call.actor);
      const found = await listLocations(call.sql, { sellerId, after, limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ code }) => [code]);
      return { locations: rows.map(locationToProto), nextPageToken };
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
