import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import { spanName } from "../src/database/statements.ts";
import { activeTraceId, withSpan } from "../src/telemetry/spans.ts";
import { startTelemetry } from "../src/telemetry/start.ts";
import { testDatabase } from "../src/testing/database.ts";
import { checkout, driver, open, soon, start } from "./saga-fixtures.ts";
import { collector } from "./telemetry/collector.ts";

/** Runs `work` with telemetry, which is one per process: these tests run one after another. What it sent. */
async function spansOf(work: () => Promise<void>) {
  const { url, spans, close } = await collector();
  const telemetry = startTelemetry({ service: "test", otlpUrl: url, region: "eu", isMetricsEnabled: false });
  try {
    await work();
  } finally {
    await telemetry.shutdown();
    close();
  }
  return spans;
}

test.serial(
  "a traced caller's statements are spans without their values, and what it emits carries its trace",
  async (t) => {
    const { sql, transaction } = await testDatabase(t);
    let traceId = "";
    const sent = await spansOf(() =>
      withSpan("caller", {}, async () => {
        traceId = activeTraceId();
        await transaction(async (tx) => {
          await tx.row("SELECT id FROM mesh_saga WHERE id = ?", ["secret value"]);
          tx.enqueue(schedulerTasks.CancelScheduleSchema, { scheduleId: "s" }, "key");
        });
      }),
    );
    const spans = sent.filter((span) => span.traceId === traceId && span.name !== "caller");
    t.deepEqual(
      spans.map((span) => span.name),
      ["SELECT mesh_saga", "INSERT mesh_outbox; COMMIT"],
    );
    const { attributes } = spans[0] ?? {};
    t.like(attributes, { "db.statement": "SELECT id FROM mesh_saga WHERE id = ?", "db.system": "mariadb" });
    const row = await sql.row<{ headers: string }>("SELECT headers FROM mesh_outbox");
    t.true(String(JSON.parse(row?.headers ?? "{}").traceparent).includes(traceId));
  },
);

test.serial("statements that nobody traces are no spans", async (t) => {
  const { sql } = await testDatabase(t);
  const sent = await spansOf(async () => void (await sql.row("SELECT COUNT(*) AS lonely FROM mesh_inbox")));
  t.deepEqual(sent, []);
});

test.serial(
  "a saga's steps are spans of the trace in which it began, also when another process resumes it",
  async (t) => {
    const database = await open(t);
    const dies = driver(t, database, checkout([]), { failpoint: (_, { progress }) => progress.stage === 1 });
    const resumes = driver(t, database, checkout([]));
    let traceId = "";
    const sent = await spansOf(async () => {
      await withSpan("place order", {}, async () => {
        traceId = activeTraceId();
        await start(database, dies);
        await dies.drive("s1", soon() - 9_500);
      });
      await dies.stop();
      await resumes.drive("s1", soon());
    });
    const names = sent.filter((span) => span.traceId === traceId).map((span) => span.name);
    for (const step of ["hold", "coupon", "pay", "confirm", "ship"])
      t.true(names.includes(`saga checkout: ${step}`), step);
    const history = await resumes.history("s1");
    t.deepEqual(new Set(history.map((entry) => entry.traceId)), new Set([traceId]));
  },
);

test("a span is named by its statement's verb and table", (t) => {
  t.is(spanName("SELECT a, b FROM stock WHERE id = ?"), "SELECT stock");
  t.is(spanName("insert into mesh_outbox (a) VALUES ?"), "INSERT mesh_outbox");
  t.is(spanName("UPDATE `stock` SET a = 1"), "UPDATE stock");
  t.is(spanName("DELETE FROM hold WHERE id = ?"), "DELETE hold");
  t.is(spanName("COMMIT"), "COMMIT");
});
