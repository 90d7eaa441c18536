import { randomBytes } from "node:crypto";
import { create, type DescService, fromBinary, type Message } from "@bufbuild/protobuf";
import * as events from "@shopmesh/contracts/shop/inventory/v1/inventory_events_pb.ts";
import { InventoryAdminService, InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Actor, Call, Client, Live, Tx } from "@shopmesh/mesh";
import { testDatabase } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { sweepHolds } from "../src/consumers.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { allocationHandlers } from "../src/handlers/allocations.ts";
import { availabilityHandlers } from "../src/handlers/availability.ts";
import { holdHandlers } from "../src/handlers/holds.ts";
import { Stock1760000000000 } from "../src/migrations/0001-stock.ts";

type OutboxRow = { readonly subject: string; readonly payload: Buffer; readonly version: string };
type Requests<S extends DescService> = {
  readonly [K in keyof Client<S>]: (fields: Parameters<Client<S>[K]>[0]) => ReturnType<Client<S>[K]>;
};

/** An administrator. */
export const admin: Actor = person({ roles: ["admin"], sellerId: undefined });

/** A seller's member. */
export function seller(sellerId: string): Actor {
  return person({ roles: ["customer", "seller"], sellerId });
}

/** Unguessable enough for a test. */
export function newId(): string {
  return uuidv7(Date.now(), (length) => randomBytes(length));
}

/** Inventory's handlers over a schema of their own, with a clock that the test moves. */
export async function openInventory(t: ExecutionContext) {
  let nowMs = 1_800_000_000_000;
  const clock = () => nowMs;
  const world = { clock, newId };
  const database = await testDatabase(t, { migrations: [Stock1760000000000], poolSize: 8, clock });
  const statements: string[] = [];
  const live: Live = {
    async *follow(_call, _topic, { cursor, read, heartbeat }) {
      const first = await read(cursor);
      yield* first.messages;
      const second = await read(first.cursor);
      yield* second.messages;
      yield heartbeat(second.cursor);
    },
  };
  const handlers = {
    ...adminHandlers(world),
    ...holdHandlers(world),
    ...allocationHandlers(world),
    ...availabilityHandlers({ clock, live }),
  };
  const callOf = (actor: Actor) =>
    ({
      actor,
      sql: database.sql,
      transaction: <T>(work: (tx: Tx) => Promise<T>) => database.transaction((tx) => work(counted(tx, statements))),
    }) as Partial<Call> as Call;
  // Every method of `contract` with the actor bound; only what handlers need of the mesh is there.
  const as = <S extends DescService>(contract: S, actor: Actor): Requests<S> =>
    Object.fromEntries(
      contract.methods.map((method) => [
        method.localName,
        (fields: Record<string, unknown>) => {
          const handler = (handlers as unknown as Record<string, (...call: unknown[]) => unknown>)[method.localName];
          return handler?.(create(method.input, fields), callOf(actor));
        },
      ]),
    ) as unknown as Requests<S>;
  return {
    database,
    statements,
    order: as(InventoryService, { kind: "service", name: "order" }),
    as: (actor: Actor) => as(InventoryAdminService, actor),
    admin: as(InventoryAdminService, admin),
    advance: (ms: number) => {
      nowMs += ms;
    },
    sweep: () => sweepHolds(world, database.transaction),
    /** What was said since the last time, oldest first. */
    async events(): Promise<readonly { name: string; message: Message; version: number }[]> {
      const rows = await database.sql.rows<OutboxRow>("SELECT subject, payload, version FROM mesh_outbox ORDER BY id");
      await database.sql.execute("DELETE FROM mesh_outbox");
      return rows.map(({ subject, payload, version }) => {
        const name = subject.slice(subject.lastIndexOf(".") + 1);
        const schema = events.file_shop_inventory_v1_inventory_events.messages.find(
          (message) => message.typeName === subject,
        );
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

export const sellerA = "018f0000-0000-7000-8000-00000000000a";
export const sellerB = "018f0000-0000-7000-8000-00000000000b";
export const minutes = (count: number) => ({ seconds: BigInt(count * 60) });

function person({ roles, sellerId }: Pick<Extract<Actor, { kind: "person" }>, "roles" | "sellerId">): Actor {
  return {
    kind: "person",
    id: "018f0000-0000-7000-8000-0000000000ff",
    roles,
    sellerId,
    sessionId: "s",
  };
}

function counted(tx: Tx, statements: string[]): Tx {
  const counting =
    <A extends readonly unknown[], R>(run: (statement: string, ...rest: A) => R) =>
    (statement: string, ...rest: A): R => {
      statements.push(statement);
      return run(statement, ...rest);
    };
  return {
    ...tx,
    get manager() {
      return tx.manager;
    },
    rows: counting(tx.rows) as Tx["rows"],
    row: counting(tx.row) as Tx["row"],
    execute: counting(tx.execute),
    insert: counting(tx.insert),
  };
}
