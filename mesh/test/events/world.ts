import * as orderEvents from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import type { ExecutionContext } from "ava";
import { on, type SharedConsumer } from "../../src/consumer.ts";
import type { Database } from "../../src/database/database.ts";
import { type Consumers, type ConsumersOptions, startConsumers } from "../../src/events/consume.ts";
import type { Nats } from "../../src/events/nats.ts";
import { createRelay, type Relay } from "../../src/events/relay.ts";
import { testDatabase } from "../../src/testing/database.ts";
import { type NatsServer, natsConnection, natsServer, origin, quiet } from "./support.ts";

const { OrderPlacedSchema: OrderPlaced } = orderEvents;

export type World = {
  readonly server: NatsServer;
  readonly nats: Nats;
  readonly database: Database;
  readonly another: () => Promise<Database>;
};

export async function world(t: ExecutionContext): Promise<World> {
  const [server, { another, ...database }] = await Promise.all([natsServer(t), testDatabase(t)]);
  await database.sql.execute(
    "CREATE TABLE seen (position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL)",
  );
  return { server, nats: await natsConnection(t, server), database, another };
}

export function relayOf(
  t: ExecutionContext,
  { nats, database }: Pick<World, "nats" | "database">,
  service = "order",
): Relay {
  const { sql, transaction } = database;
  const relay = createRelay({
    service,
    region: "eu",
    sql,
    transaction,
    nats,
    log: quiet,
    clock: Date.now,
  });
  t.teardown(() => relay.stop());
  relay.start();
  return relay;
}

export function consumersOf(
  t: ExecutionContext,
  { nats, database }: Pick<World, "nats" | "database">,
  options: Partial<ConsumersOptions>,
): Consumers {
  const consumers = startConsumers({
    service: "listener",
    region: "eu",
    definitions: [],
    workers: [],
    database,
    nats,
    clock: Date.now,
    log: quiet,
    origin,
    backoff: { firstMs: 10, maxMs: 50 },
    ...options,
  });
  t.teardown(() => consumers.stop());
  return consumers;
}

/** Writes each event's order id to `seen`. */
export function writer(order: SharedConsumer["order"], more: Partial<SharedConsumer> = {}): SharedConsumer {
  return {
    kind: "shared",
    name: "writer",
    order,
    reactions: [on(OrderPlaced, async ({ orderId }, _, tx) => tx.insert("seen", [{ name: orderId }]))],
    ...more,
  };
}

export async function place(database: Database, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await database.transaction(async (tx) => tx.emit(OrderPlaced, { orderId: id }, { id, version: 1 }));
  }
}

export async function seen(database: Database): Promise<string[]> {
  const rows = await database.sql.rows<{ name: string }>("SELECT name FROM seen ORDER BY position");
  return rows.map(({ name }) => name);
}

export const numbers = (count: number) =>
  Array.from({ length: count }, (_, index) => `o${String(index).padStart(4, "0")}`);
