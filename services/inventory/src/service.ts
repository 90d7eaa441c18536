import { InventoryAdminService, InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { defineService, implement } from "@shopmesh/mesh";
import { AUDIT_SCHEDULE, inventoryConsumers, inventoryWorkers } from "./consumers.ts";
import { createAuditor } from "./effects/audit.ts";
import { resyncStock } from "./effects/moves.ts";
import { adminHandlers } from "./handlers/admin.ts";
import { allocationHandlers } from "./handlers/allocations.ts";
import { availabilityHandlers } from "./handlers/availability.ts";
import { holdHandlers } from "./handlers/holds.ts";
import { Stock1760000000000 } from "./migrations/0001-stock.ts";
import { importHandlers } from "./handlers/imports.ts";
import { returnHandlers } from "./handlers/returns.ts";
import { AddressesAndReturns1763700000000 } from "./migrations/0002-addresses-and-returns.ts";
import { StockPolicies1763710000000 } from "./migrations/0003-stock-policies.ts";
import { AllocationTable, HoldTable, LocationTable, MovementTable, StockLevelTable } from "./schema.ts";

/** Locations, stock, holds, allocations and the ledger of every movement. */
export const inventory = defineService({
  name: "inventory",
  contracts: [InventoryService, InventoryAdminService],
  database: {
    tables: [StockLevelTable, LocationTable, MovementTable, HoldTable, AllocationTable],
    migrations: [Stock1760000000000, AddressesAndReturns1763700000000, StockPolicies1763710000000],
  },
  schedules: [
    { name: "sweep-holds", cron: "* * * * *" },
    { name: AUDIT_SCHEDULE, cron: "17 3 * * *" },
  ],
  start({ clock, newId, live, transaction, sql, log }) {
    const world = { clock, newId };
    return {
      implementations: [
        implement(InventoryService, {
          ...availabilityHandlers({ clock, live }),
          ...holdHandlers(world, transaction),
          ...allocationHandlers(world, transaction),
          ...returnHandlers(world),
          ...importHandlers(world),
        }),
        implement(InventoryAdminService, adminHandlers(world)),
      ],
      consumers: inventoryConsumers(world, log),
      workers: inventoryWorkers(world, { transaction, audit: createAuditor(sql, log) }),
      resync: (tx, cursor, batch) => resyncStock(tx, { cursor, batch, nowMs: clock() }),
    };
  },
});
