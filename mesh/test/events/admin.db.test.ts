import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import * as admin from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import * as orderEvents from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import test, { type ExecutionContext } from "ava";
import { headers as natsHeaders } from "nats";
import type { Call } from "../../src/call.ts";
import { on } from "../../src/consumer.ts";
import { eventAdminHandlers } from "../../src/events/admin.ts";
import type { ServiceParts } from "../../src/service.ts";
import { until } from "./support.ts";
import { consumersOf, numbers, place, relayOf, seen, type World, world, writer } from "./world.ts";

const { OrderPlacedSchema: OrderPlaced, OrderConfirmedSchema: OrderConfirmed } = orderEvents;

// The handlers look at nothing of the call.
const call = {} as Call;

/** The service "order" with a consumer of its own events that fails for ids that begin with "bad". */
function service(t: ExecutionContext, { nats, database }: World, parts: Pick<ServiceParts, "resync"> = {}) {
  const health = { isBroken: true };
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _, tx) => {
      if (health.isBroken && orderId.startsWith("bad")) throw new Error("broken");
      await tx.insert("seen", [{ name: orderId }]);
    }),
  ];
  const relay = relayOf(t, { nats, database });
  const consumers = consumersOf(
    t,
    { nats, database },
    { service: "order", definitions: [writer("each", { reactions, maxFailures: 2 })] },
  );
  const handlers = eventAdminHandlers({
    definition: { name: "order" },
    parts,
    ground: { nats, settings: { region: "eu" } },
    database,
    relay: () => relay,
    consumers: () => consumers,
  });
  return { handlers, health };
}

test("dead letters are listed newest first, page by page, redriven and dropped", async (t) => {
  const earth = await world(t);
  const { database } = earth;
  const { handlers, health } = service(t, earth);
  await place(database, "bad1", "bad2", "bad3");
  const list = (pageToken = "") =>
    handlers.listDeadLetters(
      create(admin.ListDeadLettersRequestSchema, { service: "order", pageSize: 2, pageToken }),
      call,
    );
  const count = async () => (await database.sql.rows("SELECT 1 FROM mesh_dead_letter")).length;
  await until(async () => (await count()) === 3);

  const first = await list();
  const second = await list(first.nextPageToken);
  const letters = [...(first.deadLetters ?? []), ...(second.deadLetters ?? [])];
  t.deepEqual([first.deadLetters?.length, second.deadLetters?.length, second.nextPageToken], [2, 1, ""]);
  const aggregates = new Set(letters.map(({ aggregateId }) => aggregateId));
  t.deepEqual(
    ["bad1", "bad2", "bad3"].filter((id) => aggregates.has(id)),
    ["bad1", "bad2", "bad3"],
  );
  t.like(letters[0], {
    consumer: "writer",
    messageName: OrderPlaced.typeName,
    attemptCount: 2,
    lastError: "internal error",
  });
  t.deepEqual(JSON.parse(letters[0]?.payloadJson ?? ""), { orderId: letters[0]?.aggregateId });

  const dropped = letters[0]?.id ?? "";
  const drop = create(admin.DropDeadLettersRequestSchema, {
    service: "order",
    deadLetterIds: [dropped],
  });
  t.deepEqual(await handlers.dropDeadLetters(drop, call), { droppedCount: 1 });
  t.deepEqual(await handlers.dropDeadLetters(drop, call), { droppedCount: 0 });
  health.isBroken = false;
  const redrive = create(admin.RedriveDeadLettersRequestSchema, { service: "order" });
  t.deepEqual(await handlers.redriveDeadLetters(redrive, call), { redrivenCount: 2 });
  t.is((await seen(database)).length, 2);
  t.is(await count(), 0);
});

test("what strangers publish is kept as it came, one dead letter each, and shown; the events around it go on", async (t) => {
  const earth = await world(t);
  const { database, nats } = earth;
  const { handlers } = service(t, earth);
  await place(database, "before");
  await until(async () => (await seen(database)).length === 1);
  const publish = async (bytes: readonly number[], fields: Readonly<Record<string, string>>) => {
    const headers = natsHeaders();
    for (const [name, value] of Object.entries(fields)) headers.set(name, value);
    await nats.jetstream.publish(OrderPlaced.typeName, new Uint8Array(bytes), { headers });
  };
  await publish([], {});
  await publish([1], {});
  await publish([0x0a, 0xff], { "Nats-Msg-Id": "x".repeat(300), "mesh-time-ms": "yesterday", "mesh-version": "-1" });
  await publish([0x0a, 0xff], { "Nats-Msg-Id": "unreadable", "mesh-time-ms": "1e99", traceparent: "nonsense" });
  await place(database, "after");
  await until(async () => (await seen(database)).length === 2);
  const request = create(admin.ListDeadLettersRequestSchema, { service: "order" });
  const letters = async () => (await handlers.listDeadLetters(request, call)).deadLetters ?? [];
  await until(async () => (await letters()).length === 4);
  t.deepEqual(
    (await letters()).map(({ lastError, attemptCount }) => [lastError, attemptCount]),
    Array.from({ length: 4 }, () => ["MESSAGE_UNREADABLE", 1]),
  );
});

test("streams are shown with how far their consumers are", async (t) => {
  const earth = await world(t);
  const { handlers } = service(t, earth);
  await place(earth.database, "bad", ...numbers(3));
  await until(async () => (await earth.database.sql.row("SELECT 1 FROM mesh_dead_letter")) !== undefined);
  const request = create(admin.ListStreamsRequestSchema, { service: "order" });
  await until(async () => {
    const [stream] = (await handlers.listStreams(request, call)).streams ?? [];
    const [consumer] = stream?.consumers ?? [];
    return stream?.messageCount === 4n && consumer?.pendingCount === 0n && consumer.unacknowledgedCount === 0n;
  });
  t.like(await handlers.listStreams(request, call), {
    streams: [
      {
        name: "EU-order-events",
        messageCount: 4n,
        lastSequence: 4n,
        consumers: [
          {
            name: "writer",
            messageName: OrderPlaced.typeName,
            pendingCount: 0n,
            deadLetterCount: 1n,
          },
        ],
      },
    ],
    outboxCount: 0n,
    outboxAgeMs: 0n,
  });
});

test("the outbox is published once more, as chosen, and nothing happens twice", async (t) => {
  const earth = await world(t);
  const { database } = earth;
  const { handlers } = service(t, earth);
  await place(database, ...numbers(3));
  await until(async () => (await seen(database)).length === 3);
  const replay = async (fields: Parameters<typeof create<typeof admin.ReplayOutboxRequestSchema>>[1]) =>
    (await handlers.replayOutbox(create(admin.ReplayOutboxRequestSchema, { service: "order", ...fields }), call))
      .replayedCount;
  const settled = () =>
    until(async () => (await database.sql.row("SELECT 1 FROM mesh_outbox WHERE published_ms IS NULL")) === undefined);
  await settled();
  t.is(await replay({ messageName: OrderConfirmed.typeName }), 0n);
  t.is(
    await replay({
      messageName: OrderPlaced.typeName,
      startTime: timestampFromMs(Date.now() + 60_000),
    }),
    0n,
  );
  t.is(await replay({ messageName: OrderPlaced.typeName }), 3n);
  await settled();
  t.deepEqual((await seen(database)).sort(), numbers(3));
});

test("resync says the state once more, in batches, only what was chosen; without it the refusal is RESYNC_NOT_SUPPORTED", async (t) => {
  const earth = await world(t);
  const ids = ["a", "b", "c"];
  const { handlers } = service(t, earth, {
    async resync(tx, cursor) {
      const id = ids[Number(cursor || "0")] ?? "";
      tx.emit(OrderPlaced, { orderId: id }, { id, version: 1 });
      tx.emit(OrderConfirmed, { orderId: id }, { id, version: 1 });
      const next = Number(cursor || "0") + 1;
      return { cursor: String(next), isDone: next === ids.length };
    },
  });
  const request = create(admin.ResyncRequestSchema, {
    service: "order",
    messageName: OrderPlaced.typeName,
  });
  t.deepEqual(await handlers.resync(request, call), { emittedCount: 3n });
  await until(async () => (await seen(earth.database)).length === 3);
  t.deepEqual((await seen(earth.database)).sort(), ids);
  const one = create(admin.ResyncRequestSchema, { service: "order", aggregateId: "b" });
  t.deepEqual(await handlers.resync(one, call), { emittedCount: 2n });
  const without = service(t, await world(t)).handlers;
  t.like(await t.throwsAsync(async () => without.resync(request, call)), {
    reason: "RESYNC_NOT_SUPPORTED",
  });
});

test("another service's name is SERVICE_NOT_FOUND", async (t) => {
  const { handlers } = service(t, await world(t));
  const request = create(admin.ListStreamsRequestSchema, { service: "cart" });
  t.like(await t.throwsAsync(async () => handlers.listStreams(request, call)), {
    reason: "SERVICE_NOT_FOUND",
    metadata: { service: "cart" },
  });
});
