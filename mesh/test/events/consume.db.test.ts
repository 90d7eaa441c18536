import * as orderEvents from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import { nanos } from "nats";
import { type MessageMeta, on, onEach, worker } from "../../src/consumer.ts";
import { natsConnection, until } from "./support.ts";
import { consumersOf, numbers, place, relayOf, seen, world, writer } from "./world.ts";

const { OrderPlacedSchema: OrderPlaced, OrderConfirmedSchema: OrderConfirmed } = orderEvents;

test("each event has its effect once, with two relays, two replicas and every message delivered twice", async (t) => {
  const { server, nats, database, another } = await world(t);
  const second = { nats: await natsConnection(t, server), database: await another() };
  relayOf(t, { nats, database });
  relayOf(t, second);
  const failedOnce = new Set<string>();
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _meta, tx) => {
      await tx.insert("seen", [{ name: orderId }]);
      if (!failedOnce.has(orderId)) {
        failedOnce.add(orderId);
        throw new Error("the first try fails after its effect");
      }
    }),
  ];
  consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions })] });
  consumersOf(t, second, { definitions: [writer("each", { reactions })] });
  await place(database, ...numbers(60));
  await until(async () => (await seen(database)).length >= 60);
  await database.sql.execute("UPDATE mesh_outbox SET published_ms = NULL");
  await until(
    async () => (await database.sql.row("SELECT 1 FROM mesh_outbox WHERE published_ms IS NULL")) === undefined,
  );
  t.deepEqual((await seen(database)).sort(), numbers(60));
});

test("what comes together is taken by one transaction, and its duplicates do nothing", async (t) => {
  const { nats, database } = await world(t);
  const batches = new Map<unknown, string[]>();
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _meta, tx) => {
      batches.set(tx, [...(batches.get(tx) ?? []), orderId]);
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  relayOf(t, { nats, database });
  const first = consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions })] });
  await until(async () => first.isAttached());
  await database.transaction(async (tx) => {
    for (const orderId of numbers(100)) tx.emit(OrderPlaced, { orderId }, { id: orderId, version: 1 });
  });
  await until(async () => (await seen(database)).length === 100);
  t.deepEqual(await seen(database), numbers(100));
  t.true(batches.size < 50, `${batches.size} transactions`);
  await first.stop();
  await nats.manager.consumers.delete("EU-order-events", "listener-writer");
  await place(database, "new");
  const again = consumersOf(t, { nats, database }, { definitions: [writer("each", { reactions })] });
  await until(async () => (await seen(database)).includes("new"));
  await until(async () => (await again.lag()).every(({ pending, unanswered }) => pending + unanswered === 0));
  t.deepEqual(await seen(database), [...numbers(100), "new"]);
});

test("who dies between the commit of a batch and its acknowledgement leaves nothing to be done twice", async (t) => {
  const { server, nats, database, another } = await world(t);
  const dying = await natsConnection(t, server);
  const transaction: typeof database.transaction = async (work) => {
    const result = await database.transaction(work);
    await dying.connection.close();
    return result;
  };
  await database.transaction(async (tx) => {
    for (const orderId of numbers(40)) tx.emit(OrderPlaced, { orderId }, { id: orderId, version: 1 });
  });
  consumersOf(t, { nats: dying, database: { ...database, transaction } }, { definitions: [writer("each")] });
  relayOf(t, { nats, database });
  await until(() => dying.connection.isClosed());
  t.true((await seen(database)).length > 0);
  const heirs = consumersOf(t, { nats, database: await another() }, { definitions: [writer("each")] });
  await until(async () => (await heirs.lag()).every(({ pending, unanswered }) => pending + unanswered === 0));
  t.deepEqual((await seen(database)).sort(), numbers(40));
});

test("a message delivered again after its effect is acknowledged and does nothing", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  const first = consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await place(database, ...numbers(5));
  await until(async () => (await seen(database)).length === 5);
  await first.stop();
  await nats.manager.consumers.delete("EU-order-events", "listener-writer");
  const again = consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await until(async () => again.isReady());
  await until(async () => (await again.lag()).every(({ pending, unanswered }) => pending + unanswered === 0));
  t.deepEqual((await seen(database)).sort(), numbers(5));
});

test("a consumer that an older version made waits for the dead as long as it should now", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  const first = consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await place(database, "one");
  await until(async () => (await seen(database)).length === 1);
  await first.stop();
  const config = async () => (await nats.manager.consumers.info("EU-order-events", "listener-writer")).config;
  const { ack_wait: wanted } = await config();
  await nats.manager.consumers.update("EU-order-events", "listener-writer", { ack_wait: nanos(60_000) });
  consumersOf(t, { nats, database }, { definitions: [writer("each")] });
  await until(async () => (await config()).ack_wait === wanted);
  await place(database, "two");
  await until(async () => (await seen(database)).length === 2);
  t.deepEqual(await seen(database), ["one", "two"]);
});

test("in-order takes events as they were said, also when one fails meanwhile, by two replicas", async (t) => {
  const { server, nats, database, another } = await world(t);
  const second = { nats: await natsConnection(t, server), database: await another() };
  let failures = 0;
  const reactions = [
    on(OrderPlaced, async ({ orderId }, { attempt }, tx) => {
      if (orderId === "o0003" && attempt < 3) {
        failures += 1;
        throw new Error("not yet");
      }
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  relayOf(t, { nats, database });
  relayOf(t, second);
  consumersOf(t, { nats, database }, { definitions: [writer("in-order", { reactions })] });
  consumersOf(t, second, { definitions: [writer("in-order", { reactions })] });
  await place(database, ...numbers(30));
  await until(async () => (await seen(database)).length === 30);
  t.deepEqual(await seen(database), numbers(30));
  t.is(failures, 2);
});

test("latest skips what is older than something seen of its aggregate, and takes its equals", async (t) => {
  const { nats, database } = await world(t);
  const reactions = [
    on(OrderPlaced, async ({ orderNumber }, _, tx) => tx.insert("seen", [{ name: orderNumber }])),
    on(OrderConfirmed, async ({ orderNumber }, _, tx) => tx.insert("seen", [{ name: orderNumber }])),
  ];
  await database.transaction(async (tx) => {
    tx.emit(OrderPlaced, { orderId: "a", orderNumber: "a2" }, { id: "a", version: 2 });
    tx.emit(OrderPlaced, { orderId: "a", orderNumber: "a1" }, { id: "a", version: 1 });
    tx.emit(OrderConfirmed, { orderId: "a", orderNumber: "a2 too" }, { id: "a", version: 2 });
    tx.emit(OrderPlaced, { orderId: "b", orderNumber: "b1" }, { id: "b", version: 1 });
  });
  relayOf(t, { nats, database });
  const consumers = consumersOf(t, { nats, database }, { definitions: [writer("latest", { reactions })] });
  await until(async () => (await seen(database)).length === 3);
  await until(async () => (await consumers.lag()).every(({ pending, unanswered }) => pending + unanswered === 0));
  t.deepEqual((await seen(database)).sort(), ["a2", "a2 too", "b1"]);
});

test("a task goes to the queue of its receiver and is worked once; one that fails is tried again", async (t) => {
  const { nats, database } = await world(t);
  relayOf(t, { nats, database });
  const worked: string[] = [];
  const metas: MessageMeta[] = [];
  const runDue = worker(schedulerTasks.RunDueSchema, async ({ runId }, meta) => {
    metas.push(meta);
    if (meta.attempt === 1) throw new Error("the first try fails");
    worked.push(runId);
  });
  const consumers = consumersOf(t, { nats, database }, { service: "cart", workers: [runDue] });
  await database.transaction(async (tx) => {
    tx.enqueue(schedulerTasks.RunDueSchema, { service: "cart", runId: "r1", scheduleId: "s" }, "r1");
    tx.enqueue(schedulerTasks.RunDueSchema, { service: "elsewhere", runId: "r2", scheduleId: "s" }, "r2");
  });
  await until(async () => worked.length === 1);
  await until(async () => (await consumers.lag()).every(({ pending, unanswered }) => pending + unanswered === 0));
  t.deepEqual(worked, ["r1"]);
  t.deepEqual(
    metas.map(({ attempt }) => attempt),
    [1, 2],
  );
  t.is((await nats.manager.streams.info("EU-cart-tasks")).state.messages, 0);
  t.is((await nats.manager.streams.info("EU-elsewhere-tasks")).state.messages, 1);
});

test("every instance hears what is said from now on, also after the store was wiped", async (t) => {
  const { server, nats, database } = await world(t);
  relayOf(t, { nats, database });
  const second = await natsConnection(t, server);
  await place(database, "before");
  await until(
    async () => (await database.sql.row("SELECT 1 FROM mesh_outbox WHERE published_ms IS NULL")) === undefined,
  );
  const heard: string[][] = [[], []];
  const instances = [nats, second].map((connection, index) =>
    consumersOf(
      t,
      { nats: connection, database },
      {
        definitions: [
          {
            kind: "every-instance",
            name: "ears",
            reactions: [onEach(OrderPlaced, ({ orderId }) => void heard[index]?.push(orderId))],
          },
        ],
      },
    ),
  );
  await until(() => instances.every((instance) => instance.isReady()));
  await place(database, "one");
  await until(() => heard.every((ids) => ids.length === 1));
  await server.kill();
  await server.wipe();
  await server.start();
  await until(async () => {
    await place(database, `late${Date.now()}`);
    return heard.every((ids) => ids.some((id) => id.startsWith("late")));
  });
  t.true(heard.every((ids) => ids[0] === "one"));
});
