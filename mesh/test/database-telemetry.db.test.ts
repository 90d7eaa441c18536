import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import { spanName } from "../src/database/statements.ts";
import { traceContextPropagator } from "../src/telemetry/trace-context.ts";
import { withSpan } from "../src/telemetry/spans.ts";
import { testDatabase } from "../src/testing/database.ts";
import { checkout, driver, open, soon, start } from "./saga-fixtures.ts";

// One process, one set of globals: what OpenTelemetry asks for.
const exporter = new InMemorySpanExporter();
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(traceContextPropagator);
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));

/** The ended spans of one trace. */
const spansOf = (traceId: string) =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId);

test("a traced caller's statements are spans without their values, and what it emits carries its trace", async (t) => {
  const { sql, transaction } = await testDatabase(t);
  const traceId = await withSpan("caller", {}, async (span) => {
    await transaction(async (tx) => {
      await tx.row("SELECT id FROM mesh_saga WHERE id = ?", ["secret value"]);
      tx.enqueue(schedulerTasks.CancelScheduleSchema, { scheduleId: "s" }, "key");
    });
    return span.spanContext().traceId;
  });
  const spans = spansOf(traceId).filter((span) => span.name !== "caller");
  t.deepEqual(
    spans.map((span) => span.name),
    ["START", "SELECT mesh_saga", "INSERT mesh_outbox", "COMMIT"],
  );
  t.is(spans[1]?.attributes["db.statement"], "SELECT id FROM mesh_saga WHERE id = ?");
  t.is(spans[1]?.attributes["db.system"], "mariadb");
  const row = await sql.row<{ headers: string }>("SELECT headers FROM mesh_outbox");
  t.true(String(JSON.parse(row?.headers ?? "{}").traceparent).includes(traceId));
});

test("statements that nobody traces are no spans", async (t) => {
  const { sql } = await testDatabase(t);
  await sql.row("SELECT COUNT(*) AS lonely FROM mesh_inbox");
  t.false(exporter.getFinishedSpans().some((span) => span.name === "SELECT mesh_inbox"));
});

test("a saga's steps are spans of the trace in which it began, also when another process resumes it", async (t) => {
  const database = await open(t);
  const dies = driver(t, database, checkout([]), { failpoint: (_, { progress }) => progress.stage === 1 });
  const traceId = await withSpan("place order", {}, async (span) => {
    await start(database, dies);
    await dies.drive("s1", soon() - 9_500);
    return span.spanContext().traceId;
  });
  await dies.stop();
  const resumes = driver(t, database, checkout([]));
  await resumes.drive("s1", soon());
  const names = spansOf(traceId).map((span) => span.name);
  for (const step of ["hold", "coupon", "pay", "confirm", "ship"])
    t.true(names.includes(`saga checkout: ${step}`), step);
  const history = await resumes.history("s1");
  t.deepEqual(new Set(history.map((entry) => entry.traceId)), new Set([traceId]));
});

test("a span is named by its statement's verb and table", (t) => {
  t.is(spanName("SELECT a, b FROM stock WHERE id = ?"), "SELECT stock");
  t.is(spanName("insert into mesh_outbox (a) VALUES ?"), "INSERT mesh_outbox");
  t.is(spanName("UPDATE `stock` SET a = 1"), "UPDATE stock");
  t.is(spanName("DELETE FROM hold WHERE id = ?"), "DELETE hold");
  t.is(spanName("COMMIT"), "COMMIT");
});
