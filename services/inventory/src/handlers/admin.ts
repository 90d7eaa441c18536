import type { InventoryAdminService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { cutPage, type Handlers, idPart, numberPart, personIdOf, readPage, textPart } from "@shopmesh/mesh";
import { auditStock } from "../effects/audit.ts";
import { moveStock, type World } from "../effects/moves.ts";
import { counting, refuseCount } from "../stock.ts";
import { listLevels, lockLevels } from "../store/levels.ts";
import { listMovements } from "../store/movements.ts";
import { locationHandlers } from "./locations.ts";
import { changePolicy } from "./policy.ts";
import { levelToProto, movementToProto } from "./proto.ts";
import { receive } from "./receive.ts";
import { levelAt, scopeOf } from "./scope.ts";
import { transfer } from "./transfer.ts";

const sizes = { standard: 50, most: 500 };
const stockPages = { ...sizes, key: [textPart, idPart] } as const;
const movementPages = { ...sizes, key: [numberPart] } as const;

type StockNames = "receiveStock" | "adjustStock" | "transferStock" | "setStockPolicy" | "listStock";
type RecordNames = "listMovements" | "auditStock";

/** Counting goods, by sellers and administrators. */
export function adminHandlers(world: World): Handlers<typeof InventoryAdminService> {
  return { ...stockHandlers(world), ...recordHandlers(), ...locationHandlers(world) };
}

function stockHandlers(world: World): Handlers<typeof InventoryAdminService, StockNames> {
  return {
    async receiveStock(request, call) {
      const levels = await call.transaction((tx) => receive(tx, world, request, call.actor));
      return { levels: levels.map(levelToProto) };
    },

    async adjustStock({ locationId, sku, onHandChange, note }, call) {
      const level = await call.transaction(async (tx) => {
        const levels = await lockLevels(tx, [sku], world.clock());
        const found = levelAt(levels, { sku, locationId }, call.actor);
        refuseCount(found, found.onHand + onHandChange);
        const changes = [counting({ sku, locationId, quantity: onHandChange })];
        const actorId = personIdOf(call.actor) ?? "";
        const move = { changes, kind: "adjusted", reference: "", actorId, note } as const;
        const [changed] = await moveStock(tx, world, levels, move);
        return changed ?? found;
      });
      return { level: levelToProto(level) };
    },

    async transferStock(request, call) {
      const levels = await call.transaction((tx) => transfer(tx, world, request, call.actor));
      return { levels: levels.map(levelToProto) };
    },

    async setStockPolicy(request, call) {
      const level = await call.transaction((tx) => changePolicy(tx, world, request, call.actor));
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

function recordHandlers(): Handlers<typeof InventoryAdminService, RecordNames> {
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

    async auditStock(_request, call) {
      const { differences, comparedCount } = await auditStock(call.sql);
      return { differences: [...differences], comparedCount };
    },
  };
}
