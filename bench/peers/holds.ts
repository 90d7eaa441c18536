import { randomBytes } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { HoldStockRequestSchema } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Call } from "@shopmesh/mesh";
import { openDatabase } from "../../mesh/src/database/open.ts";
import { connectNats } from "../../mesh/src/events/nats.ts";
import { createRelay } from "../../mesh/src/events/relay.ts";
import { silentLog } from "../../mesh/src/testing/log.ts";
import { holdHandlers } from "../../services/inventory/src/handlers/holds.ts";
import { inventory } from "../../services/inventory/src/service.ts";
import { latencyOf } from "../load.ts";
import { answerParent } from "../peer.ts";
import { perOperation, readCpu, usedBetween } from "../processor.ts";

/**
 * Inventory's HoldStock by itself, its relay beside it: one line of one of so many skus (the argument), by callers side by
 * side. Every hold finds its goods.
 */
const CALLERS = 32;
const PLENTY = 1_000_000_000;

const region = "bench";
const clock = Date.now;
const newId = () => uuidv7(clock(), randomBytes);
const skus = Array.from({ length: Number(process.argv[2]) }, () => newId());
const world = await open();

answerParent(async (question) => {
  if (question.kind === "listen") {
    await world.fill();
    await sideBySide(CALLERS * 20);
    return {};
  }
  const before = readCpu(question.pids);
  const startMs = performance.now();
  const timesMs = await sideBySide(question.extent.loadCount);
  const elapsedMs = performance.now() - startMs;
  const used = usedBetween(before, readCpu(question.pids));
  const count = timesMs.length;
  return { cost: { cpu: perOperation(used, count), latency: latencyOf(timesMs), count, elapsedMs } };
});

async function sideBySide(count: number): Promise<readonly number[]> {
  const timesMs: number[] = [];
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const startMs = performance.now();
      await world.hold(skus[next++ % skus.length] ?? "");
      timesMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return timesMs;
}

async function open() {
  const nats = await connectNats({ url: process.env["NATS_URL"] ?? "", name: "bench", log: silentLog });
  const database = await openDatabase({
    url: process.env["BENCH_DATABASE_URL"] ?? "",
    service: "inventory",
    migrations: inventory.database?.migrations ?? [],
    tables: inventory.database?.tables ?? [],
    poolSize: 10,
    clock,
    newId,
    region,
    hooks: { outboxWritten: () => relay.wake(), wake: () => undefined },
  });
  const relay = createRelay({ service: "inventory", region, ...database, nats, log: silentLog, clock });
  relay.start();
  const { holdStock } = holdHandlers({ clock, newId }, database.transaction);
  return {
    async fill() {
      const [locationId, sellerId] = [newId(), newId()];
      await database.transaction(async (tx) => {
        const place = { id: locationId, code: locationId.slice(-12), name: "Bench", country_code: "DE" };
        await tx.insert("location", [{ ...place, seller_id: "", priority: 0, create_ms: clock() }]);
        const level = { location_id: locationId, seller_id: sellerId, on_hand: PLENTY };
        await tx.insert(
          "stock_level",
          skus.map((sku) => ({ sku, ...level })),
        );
      });
    },
    hold: (sku: string) =>
      holdStock(
        create(HoldStockRequestSchema, {
          requestId: "bench",
          holdId: newId(),
          lines: [{ sku, quantity: 1 }],
          ttl: { seconds: 3_600n },
        }),
        // It looks at nothing of its call.
        {} as Call,
      ),
  };
}
