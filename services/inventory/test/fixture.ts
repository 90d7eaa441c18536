import { randomBytes } from "node:crypto";
import { fromBinary, type Message } from "@bufbuild/protobuf";
import { file_shop_inventory_v1_inventory_events } from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { InventoryAdminService, InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError, uuidv7 } from "@shopmesh/kernel";
import type { Actor } from "@shopmesh/mesh";
import { testService } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { sweepHolds } from "../src/consumers.ts";
import { inventory as definition } from "../src/service.ts";

type OutboxRow = { readonly subject: string; readonly payload: Buffer; readonly version: string };

export const sellerA = "018f0000-0000-7000-8000-00000000000a";
export const sellerB = "018f0000-0000-7000-8000-00000000000b";
export const minutes = (count: number) => ({ seconds: BigInt(count * 60) });
const admin = person(["admin"], undefined);

/** A new id. */
export function newId(): string {
  return uuidv7(Date.now(), (length) => randomBytes(length));
}

/** Inventory as in the mesh, with a clock that the test moves. */
export async function openInventory(t: ExecutionContext) {
  let nowMs = 1_800_000_000_000;
  const clock = () => nowMs;
  const service = await testService(t, definition, {
    clients: new Map(),
    nowMs: clock,
    poolSize: 8,
  });
  const { database, parts } = service;
  return {
    database,
    parts,
    /** As the checkout calls. */
    order: service.as({ kind: "service", name: "order" }, "order")(InventoryService),
    /** As the catalog calls. */
    catalog: service.as({ kind: "service", name: "catalog" }, "catalog")(InventoryService),
    /** As anybody calls, until `signal` aborts. */
    everybody: (signal: AbortSignal) => service.as({ kind: "anonymous" })(InventoryService, signal),
    seller: (sellerId: string) => service.as(person(["seller"], sellerId))(InventoryAdminService),
    admin: service.as(admin)(InventoryAdminService),
    advance: (ms: number) => {
      nowMs += ms;
    },
    sweep: () => sweepHolds({ clock, newId }, database.transaction),
    /** What was said since the last time, oldest first. */
    async events(): Promise<readonly { name: string; message: Message; version: number }[]> {
      const rows = await database.sql.rows<OutboxRow>("SELECT subject, payload, version FROM mesh_outbox ORDER BY id");
      await database.sql.execute("DELETE FROM mesh_outbox");
      return rows.map(({ subject, payload, version }) => {
        const name = subject.slice(subject.lastIndexOf(".") + 1);
        const schema = file_shop_inventory_v1_inventory_events.messages.find(({ typeName }) => typeName === subject);
        if (schema === undefined) throw new Error(`nobody knows ${subject}`);
        return { name, message: fromBinary(schema, payload), version: Number(version) };
      });
    },
  };
}

/** A running inventory. */
export type Inventory = Awaited<ReturnType<typeof openInventory>>;

/** A new location of the marketplace with `quantities` received by sku; its id. */
export async function stocked(
  { admin }: Inventory,
  code: string,
  quantities: Readonly<Record<string, number>>,
  { priority = 0, sellerId = sellerA } = {},
): Promise<string> {
  const { location } = await admin.createLocation({
    requestId: code,
    code,
    name: code,
    countryCode: "DE",
    priority,
  });
  const locationId = location?.id ?? "";
  const lines = Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity }));
  await admin.receiveStock({ requestId: code, locationId, sellerId, lines, reference: code });
  return locationId;
}

/** Asks again, as a saga does, while a busy machine keeps the database from answering; the last answer. */
export async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = error instanceof DomainError && (error.kind === "unavailable" || error.kind === "aborted");
      if (!isPassing || attempt === 20) throw error;
    }
  }
}

function person(roles: readonly ("admin" | "seller")[], sellerId: string | undefined): Actor {
  const id = "018f0000-0000-7000-8000-0000000000ff";
  return { kind: "person", id, roles, sellerId, sessionId: "s" };
}
