import { OrderPlacedSchema as OrderPlaced } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { on } from "../../src/consumer.ts";
import { until } from "./support.ts";
import { consumersOf, numbers, place, relayOf, seen, world, writer } from "./world.ts";

test("a bad message among others is tried again by itself and ends as a dead letter; the others have their effect once", async (t) => {
  const { nats, database } = await world(t);
  const attempts: number[] = [];
  const reactions = [
    on(OrderPlaced, async ({ orderId }, { attempt }, tx) => {
      await tx.insert("seen", [{ name: orderId }]);
      if (orderId !== "o0007") return;
      attempts.push(attempt);
      throw new Error("bad");
    }),
  ];
  await database.transaction(async (tx) => {
    for (const orderId of numbers(20)) tx.emit(OrderPlaced, { orderId }, { id: orderId, version: 1 });
  });
  relayOf(t, { nats, database });
  consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions, maxFailures: 2 })] });
  const letters = () => database.sql.rows("SELECT consumer, deliveries FROM mesh_dead_letter");
  await until(async () => (await letters()).length === 1);
  t.deepEqual(await letters(), [{ consumer: "writer", deliveries: 2 }]);
  t.deepEqual(
    (await seen(database)).sort(),
    numbers(20).filter((id) => id !== "o0007"),
  );
  t.deepEqual([...new Set(attempts)], [1, 2]);
});

test("a message whose readers died again and again is not given up when it fails for the first time", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  const first = consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await until(async () => first.isAttached());
  await first.stop();
  await place(database, "o0001");
  const durable = await nats.jetstream.consumers.get("EU-order-events", "listener-writer");
  for (let death = 0; death < 5; death++) (await durable.next())?.nak();
  let failures = 0;
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _meta, tx) => {
      failures += 1;
      if (failures === 1) throw new Error("for the first time");
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions, maxFailures: 2 })] });
  await until(async () => (await seen(database)).length === 1);
  t.deepEqual(await database.sql.rows("SELECT consumer FROM mesh_dead_letter"), []);
});

test("a message that fails too often is kept as a dead letter, and redriven through the same inbox", async (t) => {
  const { nats, database } = await world(t);
  let isBroken = true;
  const attempts: number[] = [];
  const reactions = [
    on(OrderPlaced, async ({ orderId }, { attempt }, tx) => {
      if (orderId === "bad") attempts.push(attempt);
      if (orderId === "bad" && isBroken) throw new Error("broken");
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  relayOf(t, { nats, database });
  const consumers = consumersOf(
    t,
    { nats, database },
    { definitions: [writer("in-order", { reactions, maxFailures: 3 })] },
  );
  await place(database, "bad", "good");
  await until(async () => (await seen(database)).length === 1);
  t.deepEqual([await seen(database), attempts], [["good"], [1, 2, 3]]);
  const letters = () => database.sql.rows("SELECT consumer, error, deliveries FROM mesh_dead_letter");
  t.deepEqual(await letters(), [{ consumer: "writer", error: "internal error", deliveries: 3 }]);

  t.is(await consumers.redrive({}), 0);
  t.deepEqual(await letters(), [{ consumer: "writer", error: "internal error", deliveries: 4 }]);
  isBroken = false;
  t.is(await consumers.redrive({ consumer: "writer" }), 1);
  t.deepEqual([await seen(database), await letters()], [["good", "bad"], []]);
  await t.throwsAsync(consumers.redrive({ consumer: "nobody" }), {
    name: "DomainError",
    message: /consumer not found/,
  });
});

test("a message that cannot be read is a dead letter at once", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await place(database, "good");
  await until(async () => (await seen(database)).length === 1);
  await nats.jetstream.publish(OrderPlaced.typeName, new Uint8Array([0x0a, 0xff]), {
    msgID: "unreadable",
  });
  const letter = () => database.sql.row("SELECT message_id, error, deliveries FROM mesh_dead_letter");
  await until(async () => (await letter()) !== undefined);
  t.deepEqual(await letter(), {
    message_id: "unreadable",
    error: "MESSAGE_UNREADABLE",
    deliveries: 1,
  });
});

test("a message that waits for somebody who is away is not given up", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  let tries = 0;
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _meta, tx) => {
      tries += 1;
      if (tries === 3) throw new DomainError("exhausted", "OVERLOADED", { retry_after_ms: "20" });
      if (tries < 6) throw new DomainError("unavailable", "SERVICE_UNAVAILABLE");
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions, maxFailures: 2 })] });
  await place(database, "o0001");
  await until(async () => (await seen(database)).length === 1);
  t.is(tries, 6);
  t.deepEqual(await database.sql.rows("SELECT consumer FROM mesh_dead_letter"), []);
});

test("a message whose handler tells when to come again comes no sooner", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  const triedMs: number[] = [];
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _meta, tx) => {
      triedMs.push(performance.now());
      if (triedMs.length === 1) throw new DomainError("aborted", "BUSY", { retry_after_ms: "700" });
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  const backoff = { firstMs: 1, maxMs: 1 };
  consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions, maxFailures: 1 })], backoff });
  await place(database, "o0001");
  await until(async () => (await seen(database)).length === 1);
  const [first, second] = triedMs;
  t.true((second ?? 0) - (first ?? 0) >= 650, `tried at ${triedMs.join(", ")}`);
});
