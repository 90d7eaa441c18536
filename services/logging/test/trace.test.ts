import test from "ava";
import fc from "fast-check";
import { arrange, summarise } from "../src/trace.ts";
import { span, spanId, traceId } from "./span-fixture.ts";

test("a parent comes before its children, and siblings by their start", (t) => {
  const root = span({ spanId: spanId(1), startUs: 10 });
  const late = span({ spanId: spanId(2), parentSpanId: spanId(1), startUs: 30 });
  const early = span({ spanId: spanId(3), parentSpanId: spanId(1), startUs: 20 });
  const below = span({ spanId: spanId(4), parentSpanId: spanId(3), startUs: 40 });
  const placed = arrange([below, late, early, root]);
  t.deepEqual(
    placed.map(({ spanId: id, depth }) => [id, depth]),
    [
      [spanId(1), 0],
      [spanId(3), 1],
      [spanId(4), 2],
      [spanId(2), 1],
    ],
  );
});

test("a span whose parent is not kept becomes a root without a parent", (t) => {
  const [orphan] = arrange([span({ parentSpanId: spanId(99) })]);
  t.like(orphan, { parentSpanId: "", depth: 0 });
});

test("a ring of parents is opened at its earliest span", (t) => {
  const first = span({ spanId: spanId(1), parentSpanId: spanId(2), startUs: 10 });
  const second = span({ spanId: spanId(2), parentSpanId: spanId(1), startUs: 20 });
  t.deepEqual(
    arrange([second, first]).map(({ spanId: id, parentSpanId, depth }) => [id, parentSpanId, depth]),
    [
      [spanId(1), "", 0],
      [spanId(2), spanId(1), 1],
    ],
  );
});

test("every span is placed exactly once, whatever the parents are", (t) => {
  const parents = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(parents, (numbers) => {
      const spans = numbers.map((parent, index) => span({ spanId: spanId(index), parentSpanId: spanId(parent) }));
      const ids = arrange(spans).map((placed) => placed.spanId);
      t.deepEqual(ids.toSorted(), spans.map((one) => one.spanId).toSorted());
    }),
  );
});

test("a chain of two thousand spans is arranged without running out of stack", (t) => {
  const spans = Array.from({ length: 2000 }, (_, index) =>
    span({ spanId: spanId(index + 1), parentSpanId: index === 0 ? "" : spanId(index), startUs: index }),
  );
  t.is(arrange(spans).at(-1)?.depth, 1999);
});

test("a trace lasts from its first beginning to its last end and is named after its root", (t) => {
  const root = span({ service: "gateway", name: "POST", startUs: 100, durationUs: 50 });
  const child = span({ spanId: spanId(2), parentSpanId: spanId(1), startUs: 120, durationUs: 400, isError: true });
  t.deepEqual(summarise(traceId(1), [child, root]), {
    traceId: traceId(1),
    rootService: "gateway",
    rootName: "POST",
    startUs: 100,
    durationUs: 420,
    spanCount: 2,
    errorCount: 1,
    services: ["gateway", "order"],
  });
});
