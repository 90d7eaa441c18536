import { randomBytes } from "node:crypto";
import { OrderPlacedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import { on } from "../../mesh/src/consumer.ts";
import type { CommitHooks } from "../../mesh/src/database/database.ts";
import { openDatabase } from "../../mesh/src/database/open.ts";
import { startConsumers } from "../../mesh/src/events/consume.ts";
import { connectNats } from "../../mesh/src/events/nats.ts";
import { createRelay } from "../../mesh/src/events/relay.ts";
import { openOrigin } from "../../mesh/src/open-client.ts";
import { startTelemetry } from "../../mesh/src/telemetry/start.ts";
import { silentLog } from "../../mesh/src/testing/log.ts";
import { type Latency, latencyOf } from "../load.ts";
import { answerParent } from "../peer.ts";
import { perOperation, readCpu, usedBetween } from "../processor.ts";

/**
 * An event's way in one process with the mesh's own parts: committed with its cause, published by the relay, taken by a
 * shared consumer that writes a row. The time told is from the commit of the cause to the commit of the effect.
 */
const url = process.env["BENCH_DATABASE_URL"] ?? "";
const region = "bench";
const WARM_COUNT = 30;

startTelemetry({ service: "events", otlpUrl: process.env["OTLP_URL"], region, isMetricsEnabled: true });
const world = await open();

answerParent(async (question) => {
  if (question.kind === "listen") {
    for (let index = 0; index < WARM_COUNT; index++) await world.send(`warm-${index}`);
    return {};
  }
  const timesMs: number[] = [];
  const before = readCpu(question.pids);
  for (let index = 0; index < question.extent.serialCount; index++) timesMs.push(await world.send(`event-${index}`));
  const used = usedBetween(before, readCpu(question.pids));
  const latency: Latency = latencyOf(timesMs);
  return { cost: { cpu: perOperation(used, timesMs.length), latency, count: timesMs.length } };
});

async function open() {
  const nats = await connectNats({ url: process.env["NATS_URL"] ?? "", name: "bench", log: silentLog });
  const consumed = new Map<string, () => void>();
  const hooks: CommitHooks = {
    outboxWritten: () => relay.wake(),
    wake: (topics) => {
      for (const topic of topics) consumed.get(topic)?.();
    },
  };
  const database = await openDatabase({
    url,
    service: "bench",
    migrations: [],
    tables: [],
    poolSize: 4,
    clock: Date.now,
    newId: () => uuidv7(Date.now(), randomBytes),
    region,
    hooks,
  });
  await database.sql.execute(
    "CREATE TABLE IF NOT EXISTS seen (position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL)",
  );
  const relay = createRelay({ service: "order", region, ...database, nats, log: silentLog, clock: Date.now });
  relay.start();
  const reaction = on(OrderPlacedSchema, async ({ orderId }, _, tx) => {
    await tx.insert("seen", [{ name: orderId }]);
    tx.wake(orderId);
  });
  startConsumers({
    service: "bench",
    region,
    definitions: [{ kind: "shared", name: "bench", order: "each", reactions: [reaction] }],
    workers: [],
    database,
    nats,
    clock: Date.now,
    log: silentLog,
    origin: () => openOrigin(5_000, "bench"),
  });
  async function send(id: string): Promise<number> {
    const done = new Promise<void>((resolve) => consumed.set(id, resolve));
    await database.transaction(async (tx) => {
      await tx.insert("seen", [{ name: `cause of ${id}` }]);
      tx.emit(OrderPlacedSchema, { orderId: id }, { id, version: 1 });
    });
    const committedMs = performance.now();
    await done;
    consumed.delete(id);
    return performance.now() - committedMs;
  }
  return { send };
}
