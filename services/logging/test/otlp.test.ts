import test from "ava";
import fc from "fast-check";
import { readLogs, readTraces } from "../src/otlp.ts";
import { spanId, traceId } from "./span-fixture.ts";

const RESOURCE = {
  attributes: [
    { key: "service.name", value: { stringValue: "order" } },
    { key: "cloud.region", value: { stringValue: "eu" } },
  ],
};

function traces(...spans: readonly unknown[]) {
  return { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: { name: "mesh" }, spans }] }] };
}

const SPAN = {
  traceId: traceId(1).toUpperCase(),
  spanId: spanId(1),
  parentSpanId: spanId(2),
  name: "PlaceOrder",
  kind: 2,
  startTimeUnixNano: "1763700000123456789",
  endTimeUnixNano: "1763700000123956789",
  status: { code: 2, message: "declined" },
  attributes: [
    { key: "order.number", value: { stringValue: "E7Q2M9-XK4TR8" } },
    { key: "attempt", value: { intValue: "3" } },
    { key: "ratio", value: { doubleValue: 0.5 } },
    { key: "ok", value: { boolValue: false } },
    { key: "skus", value: { arrayValue: { values: [{ stringValue: "A" }] } } },
  ],
  events: [{ timeUnixNano: "1763700000123556789", name: "retry", attributes: [] }],
  links: [{ traceId: traceId(2), spanId: spanId(9) }],
};

test("a span is read with its times in microseconds and its values as text", (t) => {
  const { items, rejectedCount } = readTraces(traces(SPAN));
  t.is(rejectedCount, 0);
  t.deepEqual(items, [
    {
      traceId: traceId(1),
      spanId: spanId(1),
      parentSpanId: spanId(2),
      service: "order",
      region: "eu",
      name: "PlaceOrder",
      kind: "server",
      startUs: 1_763_700_000_123_456,
      durationUs: 500,
      isError: true,
      statusMessage: "declined",
      attributes: {
        "order.number": "E7Q2M9-XK4TR8",
        attempt: "3",
        ratio: "0.5",
        ok: "false",
        skus: '{"values":[{"stringValue":"A"}]}',
      },
      events: [{ timeUs: 1_763_700_000_123_556, name: "retry", attributes: {} }],
      links: [{ traceId: traceId(2), spanId: spanId(9), attributes: {} }],
    },
  ]);
});

test("enums are read by their names too", (t) => {
  const [span] = readTraces(
    traces({ ...SPAN, kind: "SPAN_KIND_CONSUMER", status: { code: "STATUS_CODE_ERROR" } }),
  ).items;
  t.like(span, { kind: "consumer", isError: true });
});

const rejects = test.macro({
  exec: (t, change: object) => {
    t.deepEqual(readTraces(traces({ ...SPAN, ...change }, SPAN)).rejectedCount, 1);
    t.is(readTraces(traces({ ...SPAN, ...change }, SPAN)).items.length, 1);
  },
  title: (_, change) => `a span with ${JSON.stringify(change)} is rejected by itself`,
});
test(rejects, { traceId: "" });
test(rejects, { traceId: "0".repeat(32) });
test(rejects, { traceId: "z".repeat(32) });
test(rejects, { spanId: 7 });
test(rejects, { name: "" });
test(rejects, { startTimeUnixNano: "yesterday" });
test(rejects, { startTimeUnixNano: -5 });

test("an end before the start reads as no duration", (t) => {
  t.is(readTraces(traces({ ...SPAN, endTimeUnixNano: "1" })).items[0]?.durationUs, 0);
});

test("what a sender overdoes is cut off", (t) => {
  const attributes = Array.from({ length: 500 }, (_, index) => ({
    key: `k${index}`,
    value: { stringValue: "x".repeat(9999) },
  }));
  const events = Array.from({ length: 500 }, () => ({ name: "e" }));
  const links = Array.from({ length: 500 }, () => ({ traceId: traceId(2), spanId: spanId(1) }));
  const [span] = readTraces(traces({ ...SPAN, attributes, events, links })).items;
  t.is(Object.keys(span?.attributes ?? {}).length, 64);
  t.is(span?.attributes["k0"]?.length, 2048);
  t.is(span?.events.length, 32);
  t.is(span?.links.length, 32);
});

test("an attribute called __proto__ is only an attribute", (t) => {
  const [span] = readTraces(traces({ ...SPAN, attributes: [{ key: "__proto__", value: { stringValue: "x" } }] })).items;
  t.true(Object.hasOwn(span?.attributes ?? {}, "__proto__"));
});

test("any JSON at all is read without a throw", (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (anything, other) => {
      const wrapped = {
        resourceSpans: [{ resource: other, scopeSpans: [{ spans: [anything, { ...SPAN, events: other }] }] }],
      };
      t.deepEqual(readTraces(anything), { items: [], rejectedCount: 0 });
      t.is(readTraces(wrapped).items.length, 1);
      t.is(readLogs({ resourceLogs: [{ scopeLogs: [{ logRecords: [anything] }] }] }).items.length, 0);
    }),
  );
});

test("a log line is read with its level, text and trace", (t) => {
  const logRecords = [
    {
      timeUnixNano: "1763700000000001000",
      severityNumber: 17,
      body: { stringValue: "no answer" },
      traceId: traceId(1),
      spanId: spanId(1),
    },
    { observedTimeUnixNano: "1763700000000002000", severityText: "WARN", body: { stringValue: "slow" } },
    { body: { stringValue: "without a time" } },
  ];
  const { items, rejectedCount } = readLogs({ resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ logRecords }] }] });
  t.is(rejectedCount, 1);
  t.like(items[0], {
    service: "order",
    level: "error",
    message: "no answer",
    traceId: traceId(1),
    timeUs: 1_763_700_000_000_001,
  });
  t.like(items[1], { level: "warn", message: "slow", traceId: "", timeUs: 1_763_700_000_000_002 });
});
