import test from "ava";
import { numbers, place, consumersOf, relayOf, seen, world, writer } from "./world.ts";
import * as orderEvents from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { natsConnection, until } from "./support.ts";

const { OrderPlacedSchema: OrderPlaced } = orderEvents;

test("what was said while nats is away is published when it is back, in order", async (t) => {
  const { server, nats, database } = await world(t);
  const relay = relayOf(t, { nats, database });
  consumersOf(t, { nats, database }, { definitions: [writer("in-order")] });
  await place(database, "before");
  await until(async () => (await seen(database)).length === 1);
  await server.kill();
  await until(() => !nats.isConnected());
  await place(database, ...numbers(10));
  relay.wake();
  t.is((await relay.lag()).count, 10);
  await server.start();
  await until(async () => (await seen(database)).length === 11);
  t.deepEqual(await seen(database), ["before", ...numbers(10)]);
  t.deepEqual(await relay.lag(), { count: 0, oldestAgeMs: 0 });
});

test("a store wiped under a running mesh is refilled from the outbox, and a new reader misses nothing", async (t) => {
  const { server, nats, database } = await world(t);
  relayOf(t, { nats, database });
  consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await place(database, ...numbers(20));
  await until(async () => (await seen(database)).length === 20);
  await server.kill();
  await server.wipe();
  await server.start();
  await place(database, "after");
  await until(async () => (await seen(database)).length === 21);
  const again = writer("each", { name: "latecomer" });
  consumersOf(t, { nats, database }, { definitions: [again] });
  await until(async () => (await seen(database)).length === 42);
  const expected = [...numbers(20), "after"];
  t.deepEqual((await seen(database)).sort(), [...expected, ...expected].sort());
});

test("a stream and a consumer deleted under a running mesh are made anew", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await place(database, "one");
  await until(async () => (await seen(database)).length === 1);
  await nats.manager.streams.delete("EU-order-events");
  await place(database, "two");
  await until(async () => (await seen(database)).length === 2);
  t.deepEqual(await seen(database), ["one", "two"]);
});

test("two relays publish one aggregate's events in the order of its versions", async (t) => {
  const { server, nats, database, another } = await world(t);
  await database.transaction(async (tx) => {
    for (let version = 1; version <= 500; version++)
      tx.emit(OrderPlaced, { orderId: "a", orderNumber: String(version) }, { id: "a", version });
  });
  relayOf(t, { nats, database });
  relayOf(t, { nats: await natsConnection(t, server), database: await another() });
  for (let version = 501; version <= 700; version++) {
    await database.transaction(async (tx) =>
      tx.emit(OrderPlaced, { orderId: "a", orderNumber: String(version) }, { id: "a", version }),
    );
  }
  await until(async () => (await nats.manager.streams.info("EU-order-events")).state.last_seq === 700);
  const consumer = await nats.jetstream.consumers.get("EU-order-events");
  const versions: number[] = [];
  for await (const message of await consumer.fetch({ max_messages: 700 }))
    versions.push(Number(message.headers?.get("mesh-version")));
  t.deepEqual(
    versions,
    Array.from({ length: 700 }, (_, index) => index + 1),
  );
});
