import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  NotificationDeliveredSchema,
  NotificationFailedSchema,
} from "@shopmesh/contracts/shop/notification/v1/notification_events_pb.ts";
import { DeliveryState } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { NotificationAdminService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { SendDeliverySchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import { RunDueSchema, ScheduleSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { SWEEP } from "../src/consumers/all.ts";
import { CLAIM_MS } from "../src/delivery.ts";
import { deliver } from "../src/effects/deliver.ts";
import { CUSTOMER, notificationWorld, ORDERS, order, START_MS } from "./support.ts";

const { listDeliveries, resendDelivery } = NotificationAdminService.method;

test("a confirmed checkout of two orders brings one mail with both", async (t) => {
  const { confirmed, tryIt, mails, outbox } = await notificationWorld(t);
  await confirmed(ORDERS[0]);
  await confirmed(ORDERS[1]);
  t.is((await outbox(SendDeliverySchema)).length, 1);
  await tryIt();
  const [mail, ...others] = await mails();
  t.deepEqual(others, []);
  t.like(mail, {
    to: [{ name: "Mira Vandeput", address: "mira@example.org" }],
    envelope: { from: "orders@shopmesh.test", to: ["mira@example.org"] },
    subject: "Your orders E000000000001, E000000000002 are confirmed",
  });
  t.true(mail?.text.includes("http://shop.test/orders/E000000000002"));
  t.true(mail?.html.includes("Lamp &amp; shade (Brass)"));
  t.true(mail?.html.includes("€169.40"));
});

test("the delivery is logged, and told by ids only", async (t) => {
  const { confirmed, tryIt, ask, outbox, mails, database } = await notificationWorld(t);
  await confirmed(ORDERS[0]);
  await tryIt();
  const { deliveries } = await ask(listDeliveries, { orderId: ORDERS[1] });
  t.like(deliveries, [
    {
      template: "order-confirmed",
      recipient: "mira@example.org",
      state: DeliveryState.DELIVERED,
      attemptCount: 1,
      failureReason: "",
      eventId: "event-1",
      orderId: ORDERS[0],
      customerId: CUSTOMER,
      nextAttemptTime: undefined,
    },
  ]);
  t.is((await mails())[0]?.headers["message-id"], deliveries[0]?.providerReference);
  t.like(await outbox(NotificationDeliveredSchema), [
    { deliveryId: deliveries[0]?.id, template: "order-confirmed", orderId: ORDERS[0], customerId: CUSTOMER },
  ]);
  const payloads = await database.sql.rows<{ payload: Buffer }>("SELECT payload FROM mesh_outbox");
  t.false(payloads.some(({ payload }) => payload.includes("mira@example.org")));
});

test("a task that comes twice sends one mail", async (t) => {
  const { confirmed, tryIt, mails } = await notificationWorld(t);
  await confirmed(ORDERS[0]);
  await tryIt();
  await tryIt();
  t.is((await mails()).length, 1);
});

test("one night's sweep forgets all that is old, however much, and nothing else", async (t) => {
  const { database, work, time } = await notificationWorld(t);
  const insert = "INSERT INTO provider_event SELECT CONCAT(?, seq), ? FROM seq_1_to_10001";
  await database.sql.execute(insert, ["old-", time.nowMs - 31 * 86_400_000]);
  await database.sql.execute("INSERT INTO provider_event VALUES ('young', ?)", [time.nowMs]);
  await work(RunDueSchema, create(RunDueSchema, { service: "notification", purpose: SWEEP }));
  t.like(await database.sql.rows("SELECT id FROM provider_event"), [{ id: "young" }]);
});

test("a mail that is refused for now is tried again when the scheduler says so, as the same mail", async (t) => {
  const { confirmed, tryIt, ask, outbox, mails, fault, time, work } = await notificationWorld(t);
  await fault(451);
  await confirmed(ORDERS[0]);
  await tryIt();
  t.deepEqual(await mails(), []);
  const [pending] = (await ask(listDeliveries, {})).deliveries;
  t.like(pending, { state: DeliveryState.PENDING, attemptCount: 1, failureReason: "MAIL_DEFERRED" });
  t.is(pending?.nextAttemptTime && timestampMs(pending.nextAttemptTime), START_MS + 10_000);
  const [retry] = await outbox(ScheduleSchema);
  t.like(retry, {
    service: "notification",
    purpose: "retry-delivery",
    parameters: { deliveryId: pending?.id, attempt: "2" },
  });
  time.nowMs += 10_000;
  const { purpose, parameters } = retry ?? {};
  const due = create(RunDueSchema, { service: "notification", purpose: purpose ?? "", parameters: { ...parameters } });
  await work(RunDueSchema, due);
  await work(RunDueSchema, due);
  t.is((await mails()).length, 1);
  t.like((await ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.DELIVERED, attemptCount: 2, failureReason: "" },
  ]);
});

test("a mailbox that does not exist ends the delivery at once", async (t) => {
  const { confirmed, tryIt, ask, outbox, fault } = await notificationWorld(t);
  await fault(550);
  await confirmed(ORDERS[0]);
  await tryIt();
  t.like((await ask(listDeliveries, { states: [DeliveryState.FAILED] })).deliveries, [
    { failureReason: "MAILBOX_NOT_FOUND" },
  ]);
  t.like(await outbox(NotificationFailedSchema), [
    { orderId: ORDERS[0], customerId: CUSTOMER, reason: "MAILBOX_NOT_FOUND" },
  ]);
  t.deepEqual(await outbox(ScheduleSchema), []);
});

test("without a mail server a delivery waits", async (t) => {
  const { confirmed, tryIt, ask, stopSandbox } = await notificationWorld(t);
  await stopSandbox();
  await confirmed(ORDERS[0]);
  await tryIt();
  t.like((await ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.PENDING, failureReason: "MAIL_SERVER_UNREACHABLE" },
  ]);
});

test("without the order service a delivery waits, and without the order it ends", async (t) => {
  const { confirmed, tryIt, ask, orders, time } = await notificationWorld(t);
  orders.set(ORDERS[0], new DomainError("unavailable", "UNAVAILABLE"));
  await confirmed(ORDERS[0]);
  await tryIt();
  t.like((await ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.PENDING, failureReason: "ORDER_UNREACHABLE" },
  ]);
  orders.delete(ORDERS[0]);
  time.nowMs += 1;
  await confirmed(ORDERS[0], { orderGroupId: "0198a000-0000-7000-8000-00000000000b", groupOrderIds: [] });
  await tryIt();
  t.like((await ask(listDeliveries, {})).deliveries[0], {
    state: DeliveryState.FAILED,
    failureReason: "ORDER_NOT_FOUND",
  });
});

/** Makes the first try of an order's confirmation, and dies between sending it and writing that down. */
async function dieAfterSending(world: Awaited<ReturnType<typeof notificationWorld>>, t: ExecutionContext) {
  const { confirmed, tryIt, delivering, outbox, time } = world;
  await confirmed(ORDERS[0]);
  const [task] = await outbox(SendDeliverySchema);
  let transactions = 0;
  const dying: typeof delivering.transaction = (doing) => {
    transactions += 1;
    return transactions === 2 ? Promise.reject(new Error("killed")) : delivering.transaction(doing);
  };
  const died = deliver({ ...delivering, transaction: dying }, { id: task?.deliveryId ?? "", attempt: 1 }, {} as never);
  await t.throwsAsync(died, { message: "killed" });
  await t.throwsAsync(tryIt(), { message: /delivery busy/ });
  time.nowMs += CLAIM_MS;
}

test("a process that died after sending sends the same mail again, not another", async (t) => {
  const world = await notificationWorld(t);
  await dieAfterSending(world, t);
  await world.tryIt();
  const ids = (await world.mails()).map(({ headers }) => headers["message-id"]);
  t.is(ids.length, 2);
  t.is(ids[0], ids[1]);
  t.like((await world.ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.DELIVERED, attemptCount: 2, providerReference: ids[0], mayHaveArrived: false },
  ]);
});

test("of a mail that may have gone before its process died this is told, whatever comes of it", async (t) => {
  const world = await notificationWorld(t);
  await dieAfterSending(world, t);
  world.orders.delete(ORDERS[0]);
  await world.tryIt();
  t.is((await world.mails()).length, 1);
  t.like((await world.ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.FAILED, failureReason: "ORDER_NOT_FOUND", mayHaveArrived: true },
  ]);
});

test("a delivery is sent once more as a new one, to where it went", async (t) => {
  const { confirmed, tryIt, ask, mails, orders } = await notificationWorld(t);
  await confirmed(ORDERS[0]);
  await tryIt();
  orders.set(ORDERS[0], order(ORDERS[0], { email: "new@example.org" }));
  const [first] = (await ask(listDeliveries, {})).deliveries;
  const { delivery } = await ask(resendDelivery, { requestId: "r", deliveryId: first?.id ?? "" });
  t.like(delivery, {
    state: DeliveryState.PENDING,
    template: "order-confirmed",
    eventId: "event-1",
    recipient: "mira@example.org",
  });
  await tryIt();
  const sent = await mails();
  t.deepEqual(
    sent.map(({ envelope }) => envelope.to),
    [["mira@example.org"], ["mira@example.org"]],
  );
  t.not(sent[0]?.headers["message-id"], sent[1]?.headers["message-id"]);
  const missing = ask(resendDelivery, { requestId: "r2", deliveryId: CUSTOMER });
  t.like(await t.throwsAsync(missing), { kind: "not-found", reason: "DELIVERY_NOT_FOUND" });
});

test("what is not one address gets no mail", async (t) => {
  const { confirmed, tryIt, ask, orders, mails } = await notificationWorld(t);
  for (const id of ORDERS) orders.set(id, order(id, { email: "mira@example.org, other@example.org" }));
  await confirmed(ORDERS[0]);
  await tryIt();
  t.deepEqual(await mails(), []);
  t.like((await ask(listDeliveries, {})).deliveries, [
    { state: DeliveryState.FAILED, failureReason: "RECIPIENT_INVALID" },
  ]);
});

test("every delivery comes on exactly one page, newest first, by any criterion", async (t) => {
  const { confirmed, ask, time } = await notificationWorld(t);
  for (let index = 1; index <= 5; index++) {
    time.nowMs += 1_000;
    await confirmed(ORDERS[0], { orderGroupId: `0198a000-0000-7000-8000-0000000001${String(index).padStart(2, "0")}` });
  }
  const seen: number[] = [];
  let pageToken = "";
  do {
    const page = await ask(listDeliveries, {
      pageSize: 2,
      pageToken,
      customerId: CUSTOMER,
      template: "order-confirmed",
    });
    seen.push(
      ...page.deliveries.map(({ createTime }) => (createTime === undefined ? 0 : timestampMs(createTime) - START_MS)),
    );
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  t.deepEqual(seen, [5_000, 4_000, 3_000, 2_000, 1_000]);
  t.deepEqual((await ask(listDeliveries, { customerId: ORDERS[0] })).deliveries, []);
  await t.throwsAsync(ask(listDeliveries, { pageToken: "nonsense" }), { message: /page token invalid/ });
});
