import test from "ava";
import { createTraceStore, type TraceLimits, type TraceQuery } from "../src/trace-store.ts";
import { span, spanId, traceId } from "./span-fixture.ts";

const LIMITS: TraceLimits = {
  maxSpans: 100,
  maxBytes: 1_000_000,
  maxSpansPerTrace: 10,
  maxLogLinesPerTrace: 3,
  maxAgeMs: 60_000,
};

function store(limits: Partial<TraceLimits> = {}) {
  return createTraceStore({ ...LIMITS, ...limits });
}

function line(message: string, timeUs = 1) {
  return { timeUs, service: "order", level: "info", message, traceId: traceId(1), spanId: spanId(1), attributes: {} };
}

test("spans that come in several exports make one trace", (t) => {
  const traces = store();
  traces.addSpans([span()], 0);
  traces.addSpans([span({ spanId: spanId(2), parentSpanId: spanId(1), service: "payment" })], 10);
  t.deepEqual(traces.findTrace(traceId(1))?.summary.services, ["order", "payment"]);
});

test("a span that is exported twice counts once", (t) => {
  const traces = store();
  traces.addSpans([span(), span()], 0);
  t.like(traces.size(), { traces: 1, spans: 1 });
});

test("the trace that was quiet for longest goes first when there are too many spans", (t) => {
  const traces = store({ maxSpans: 2 });
  traces.addSpans([span({ traceId: traceId(1) }), span({ traceId: traceId(2) })], 0);
  traces.addSpans([span({ traceId: traceId(1) })], 1);
  traces.addSpans([span({ traceId: traceId(3) })], 2);
  t.truthy(traces.findTrace(traceId(1)));
  t.is(traces.findTrace(traceId(2)), undefined);
  t.like(traces.size(), { traces: 2, spans: 2 });
});

test("the trace that was quiet for longest goes first when the spans take too much memory", (t) => {
  const traces = store({ maxBytes: 4_000 });
  for (const number of [1, 2, 3, 4]) traces.addSpans([span({ traceId: traceId(number) })], number);
  t.deepEqual(
    [1, 2, 3, 4].map((number) => traces.findTrace(traceId(number)) !== undefined),
    [false, false, true, true],
  );
  t.true(traces.size().bytes <= 4_000);
});

test("a trace goes when nothing was heard of it for the whole age", (t) => {
  const traces = store({ maxAgeMs: 1000 });
  traces.addSpans([span({ traceId: traceId(1) })], 0);
  traces.addSpans([span({ traceId: traceId(2) })], 1000);
  t.truthy(traces.findTrace(traceId(1)));
  traces.addSpans([span({ traceId: traceId(2) })], 1001);
  t.is(traces.findTrace(traceId(1)), undefined);
});

test("spans over the limit of one trace are counted, not kept", (t) => {
  const traces = store({ maxSpansPerTrace: 2 });
  traces.addSpans(
    [1, 2, 3, 4].map((number) => span({ spanId: spanId(number) })),
    0,
  );
  t.like(traces.findTrace(traceId(1)), { droppedSpanCount: 2, spans: { length: 2 } });
});

test("a trace shows its newest log lines, oldest first", (t) => {
  const traces = store();
  traces.addSpans([span()], 0);
  traces.addLogLines([line("a", 1), line("c", 3), line("b", 2), line("d", 4)], 0);
  t.deepEqual(
    traces.findTrace(traceId(1))?.logs.map(({ message }) => message),
    ["b", "c", "d"],
  );
});

test("log lines without a trace are left out", (t) => {
  const traces = store();
  traces.addLogLines([{ ...line("alone"), traceId: "" }], 0);
  t.like(traces.size(), { traces: 0, spans: 0, bytes: 0 });
});

test("log lines of a trace without spans do not make a trace to be read", (t) => {
  const traces = store();
  traces.addLogLines([line("early")], 0);
  t.is(traces.findTrace(traceId(1)), undefined);
  t.deepEqual(traces.search({ limit: 10 }), []);
});

test("a flood of traces that only have log lines is bounded too", (t) => {
  const traces = store({ maxSpans: 5 });
  traces.addLogLines(
    Array.from({ length: 50 }, (_, number) => ({ ...line("x"), traceId: traceId(number) })),
    0,
  );
  t.is(traces.size().traces, 5);
});

test("a linked trace is found from both of its ends", (t) => {
  const traces = store();
  traces.addSpans([span({ traceId: traceId(1), startUs: 10 })], 0);
  const link = { traceId: traceId(1), spanId: spanId(1), attributes: {} };
  traces.addSpans([span({ traceId: traceId(2), startUs: 20, links: [link] }), span({ traceId: traceId(3) })], 0);
  t.deepEqual(
    traces.linkedTraces(traceId(1), 10).map((one) => one.traceId),
    [traceId(2)],
  );
  t.deepEqual(
    traces.linkedTraces(traceId(2), 10).map((one) => one.traceId),
    [traceId(1)],
  );
});

const finds = test.macro({
  exec: (t, query: Omit<TraceQuery, "limit">, expected: readonly number[]) => {
    const traces = store();
    const order = { "order.number": "E7Q2M9-XK4TR8" };
    traces.addSpans([span({ traceId: traceId(1), startUs: 100, attributes: order })], 0);
    traces.addSpans([span({ traceId: traceId(1), spanId: spanId(2), service: "payment", startUs: 150 })], 0);
    traces.addSpans([span({ traceId: traceId(2), startUs: 200, service: "payment", isError: true })], 0);
    traces.addSpans([span({ traceId: traceId(3), startUs: 300, durationUs: 9000, name: "sweepHolds" })], 0);
    t.deepEqual(
      traces.search({ ...query, limit: 10 }).map((one) => one.traceId),
      expected.map(traceId),
    );
  },
  title: (_, query) => `traces are searched by ${JSON.stringify(query)}`,
});
test(finds, {}, [3, 2, 1]);
test(finds, { attributes: { "order.number": "E7Q2M9-XK4TR8" } }, [1]);
test(finds, { attributes: { "order.number": "another" } }, []);
test(finds, { service: "payment" }, [2, 1]);
test(finds, { service: "payment", isError: true }, [2]);
test(finds, { service: "payment", attributes: { "order.number": "E7Q2M9-XK4TR8" } }, []);
test(finds, { name: "HOLDS" }, [3]);
test(finds, { minDurationUs: 9000 }, [3]);
test(finds, { startUs: 200, endUs: 300 }, [2]);
test(finds, { after: { startUs: 200, traceId: traceId(2) } }, [1]);

test("traces that began at the same moment are paged without a gap or a repeat", (t) => {
  const traces = store();
  traces.addSpans(
    [1, 2, 3].map((number) => span({ traceId: traceId(number) })),
    0,
  );
  const [first] = traces.search({ limit: 1 });
  t.truthy(first);
  const rest = traces.search({ ...(first && { after: first }), limit: 10 });
  t.deepEqual(
    [first, ...rest].map((one) => one?.traceId),
    [1, 2, 3].map(traceId),
  );
});
