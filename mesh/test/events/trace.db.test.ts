import * as orderEvents from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test, { type ExecutionContext } from "ava";
import { on, worker } from "../../src/consumer.ts";
import { createRelay, type Relay } from "../../src/events/relay.ts";
import { activeTraceId, withSpan } from "../../src/telemetry/spans.ts";
import { startTelemetry } from "../../src/telemetry/start.ts";
import { testDatabase } from "../../src/testing/database.ts";
import { collector, type SentSpan } from "../telemetry/collector.ts";
import { natsConnection, natsServer, quiet, until } from "./support.ts";
import { consumersOf, writer } from "./world.ts";

const { OrderPlacedSchema: OrderPlaced, OrderConfirmedSchema: OrderConfirmed } = orderEvents;

/** The spans that this process sends. */
async function collect(t: ExecutionContext): Promise<{ spans: readonly SentSpan[]; flush: () => Promise<void> }> {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({
    service: "test",
    region: "eu",
    otlpUrl: url,
    isMetricsEnabled: false,
    batchDelayMs: 10,
  });
  t.teardown(close);
  return { spans, flush: () => telemetry.shutdown() };
}

test("one trace leads from a transaction over its event to the reaction, and on to the task that it enqueues", async (t) => {
  const { spans, flush } = await collect(t);
  const nats = await natsConnection(t, await natsServer(t));
  const holder: { relay?: Relay } = {};
  const database = await testDatabase(t, { hooks: { outboxWritten: () => holder.relay?.wake() } });
  const { sql, transaction } = database;
  holder.relay = createRelay({
    service: "order",
    region: "eu",
    sql,
    transaction,
    nats,
    log: quiet,
    clock: Date.now,
  });
  holder.relay.start();
  t.teardown(() => holder.relay?.stop());
  const traces: string[] = [];
  const reactions = [
    on(OrderPlaced, async ({ orderId }, _, tx) => {
      traces.push(activeTraceId());
      tx.emit(OrderConfirmed, { orderId }, { id: orderId, version: 2 });
    }),
    on(OrderConfirmed, async ({ orderId }, _, tx) => {
      traces.push(activeTraceId());
      tx.enqueue(schedulerTasks.RunDueSchema, { service: "cart", runId: orderId }, orderId);
    }),
  ];
  const work = worker(schedulerTasks.RunDueSchema, async () => void traces.push(activeTraceId()));
  consumersOf(
    t,
    { nats, database },
    { service: "cart", definitions: [writer("each", { reactions })], workers: [work] },
  );
  const cause = await withSpan("the cause", {}, async () => {
    await transaction(async (tx) => tx.emit(OrderPlaced, { orderId: "a" }, { id: "a", version: 1 }));
    return activeTraceId();
  });
  await until(() => traces.length === 3);
  t.deepEqual(traces, [cause, cause, cause]);

  await flush();
  const ours = spans.filter(({ traceId }) => traceId === cause);
  const byName = new Map(ours.map((span) => [span.name, span]));
  const parentOf = (name: string) => ours.find(({ spanId }) => spanId === byName.get(name)?.parentSpanId)?.name;
  t.is(parentOf(`publish ${OrderPlaced.typeName}`), "the cause");
  t.is(parentOf(`process ${OrderPlaced.typeName}`), `publish ${OrderPlaced.typeName}`);
  t.is(parentOf(`publish ${OrderConfirmed.typeName}`), `process ${OrderPlaced.typeName}`);
  // The relay was woken by a traced transaction and is no part of it.
  t.false(ours.some(({ name }) => name === "UPDATE mesh_outbox" || name === "SELECT mesh_outbox"));
});
