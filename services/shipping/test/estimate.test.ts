import test from "ava";
import fc from "fast-check";
import { addBusinessDays, estimate } from "../src/estimate.ts";
import type { Scan, ShipmentState } from "../src/scan.ts";

const at = (text: string): number => Date.parse(`${text}Z`);
const friday = at("2026-11-20T10:00:00");

const days = test.macro({
  exec(t, carrier: string, count: number, expected: string) {
    t.is(new Date(addBusinessDays(carrier, friday, count)).toISOString().slice(0, 16), expected);
  },
  title: (_, carrier, count, expected) => `${count} business days of ${carrier} after a Friday: ${expected}`,
});
test(days, "ups", 0, "2026-11-20T18:00");
test(days, "ups", 1, "2026-11-23T18:00");
test(days, "ups", 6, "2026-11-30T18:00");
test(days, "fedex", 1, "2026-11-21T18:00");
test(days, "fedex", 2, "2026-11-23T18:00");
test(days, "anybody", 1, "2026-11-23T18:00");

const terms = { carrier: "ups", startMs: friday, mostDays: 2, promiseMs: undefined };
function scan(state: ShipmentState, timeMs: number, estimateMs?: number): Scan {
  return { code: state.slice(0, 8), timeMs, state, description: "", place: "", estimateMs };
}

test("an estimate is what the carrier promised, else its service's business days", (t) => {
  t.is(estimate(terms, []), at("2026-11-24T18:00:00"));
  t.is(estimate({ ...terms, promiseMs: 5 }, []), 5);
});

test("what a later scan says counts more, and an obstacle without a word moves it to the next business day", (t) => {
  const monday = at("2026-11-23T09:00:00");
  t.is(estimate(terms, [scan("in-transit", monday, 7), scan("in-transit", monday - 1, 9)]), 7);
  const late = at("2026-11-25T09:00:00");
  t.is(estimate(terms, [scan("delayed", late)]), at("2026-11-26T18:00:00"));
  t.is(estimate(terms, [scan("exception", monday)]), at("2026-11-24T18:00:00"));
});

test("an estimate does not depend on the order in which scans come, nor on how often", (t) => {
  const scans = fc.array(
    fc
      .record({
        state: fc.constantFrom<ShipmentState>("shipped", "in-transit", "delayed", "exception"),
        hours: fc.integer({ min: 0, max: 99 }),
        estimateMs: fc.option(fc.integer({ min: friday, max: friday + 9e8 }), { nil: undefined }),
      })
      .map(({ state, hours, estimateMs }) => scan(state, friday + hours * 3_600_000, estimateMs)),
    { maxLength: 6 },
  );
  // One scan says one thing: the store keeps the first of a time and code.
  const once = (list: readonly Scan[]) => [...new Map(list.map((one) => [`${one.timeMs}/${one.code}`, one])).values()];
  fc.assert(
    fc.property(scans, (drawn) => {
      const list = once(drawn);
      return estimate(terms, list) === estimate(terms, [...list.toReversed(), ...list]);
    }),
  );
  t.pass();
});
