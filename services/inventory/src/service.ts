import { InventoryAdminService, InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { defineService, implement } from "@shopmesh/mesh";
import { inventoryConsumers, inventoryWorkers } from "./consumers.ts";
import { resyncStock } from "./effects/moves.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { allocationHandlers } from "./handlers/allocations.ts";
import { availabilityHandlers } from "./handlers/availability.ts";
import { holdHandlers } from "./handlers/holds.ts";
import { Stock1760000000000 } from "./migrations/0001-stock.ts";
import { returnHandlers } from "./handlers/returns.ts";
import { AddressesAndReturns1763700000000 } from "./migrations/0002-addresses-and-returns.ts";
import { AllocationTable, HoldTable, LocationTable, MovementTable, StockLevelTable } from "./schema.ts";

/** Locations, stock, holds, allocations and the ledger of every movement. */
export const inventory = defineService({
  name: "inventory",
  contracts: [InventoryService, InventoryAdminService],
  database: {
    tables: [StockLevelTable, LocationTable, MovementTable, HoldTable, AllocationTable],
    migrations: [Stock1760000000000, AddressesAndReturns1763700000000],
  },
  schedules: [{ name: "sweep-holds", cron: "* * * * *" }],
  start({ clock, newId, live, transaction }) {
    const world = { clock, newId };
    return {
      implementations: [
        implement(InventoryService, {
          ...availabilityHandlers({ clock, live }),
          ...holdHandlers(world, transaction),
          ...allocationHandlers(world, transaction),
          ...returnHandlers(world),
        }),
        implement(InventoryAdminService, adminHandlers(world)),
      ],
      consumers: inventoryConsumers(world),
      workers: inventoryWorkers(world, transaction),
      resync: (tx, cursor, batch) => resyncStock(tx, { cursor, batch, nowMs: clock() }),
    };
  },
});
