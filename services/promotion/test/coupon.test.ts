import { DomainError, money } from "@shopmesh/kernel";
import test from "ava";
import {
  admitRedemption,
  type CouponReason,
  checkSchedule,
  conditionsOf,
  normaliseCode,
  type Promotion,
  pause,
  problemOf,
  type Use,
} from "../src/coupon.ts";

const NOW_MS = Date.parse("2026-12-01T00:00:00Z");
const eur = (minorUnits: bigint) => money("EUR", minorUnits);

function promotion(overrides: Partial<Promotion> = {}): Promotion {
  return {
    id: "p1",
    version: 1,
    label: "Ten off",
    couponCode: "TEN",
    discountBasisPoints: 1000,
    state: "active",
    startMs: undefined,
    endMs: undefined,
    maxRedemptions: 0,
    maxRedemptionsPerCustomer: 0,
    minimumSubtotal: undefined,
    redemptionCount: 0,
    createMs: 0,
    ...overrides,
  };
}

function use(overrides: Partial<Use> = {}): Use {
  return { nowMs: NOW_MS, customerId: undefined, customerRedemptionCount: 0, subtotal: eur(1000n), ...overrides };
}

type Case = [name: string, rule: Partial<Promotion>, by: Partial<Use>, expected: CouponReason | undefined];

const answers = test.macro<Case>({
  exec: (t, _name, rule, by, expected) => t.is(problemOf(promotion(rule), use(by)), expected),
  title: (_, name, _rule, _by, expected) => `${name}: ${expected ?? "applies"}`,
});

test(answers, "no condition at all, by a guest", {}, {}, undefined);
test(answers, "stopped", { state: "paused" }, {}, "COUPON_PAUSED");
test(answers, "a millisecond before it starts", { startMs: NOW_MS + 1 }, {}, "COUPON_NOT_STARTED");
test(answers, "at its start", { startMs: NOW_MS }, {}, undefined);
test(answers, "a millisecond before its end", { endMs: NOW_MS + 1 }, {}, undefined);
test(answers, "at its end", { endMs: NOW_MS }, {}, "COUPON_EXPIRED");
test(answers, "one use left in all", { maxRedemptions: 3, redemptionCount: 2 }, {}, undefined);
test(answers, "no use left in all", { maxRedemptions: 3, redemptionCount: 3 }, {}, "COUPON_LIMIT_REACHED");
test(answers, "a limit per customer, by a guest", { maxRedemptionsPerCustomer: 1 }, {}, "COUPON_NEEDS_CUSTOMER");
test(
  answers,
  "a limit per customer, by one with a use left",
  { maxRedemptionsPerCustomer: 2 },
  { customerId: "c", customerRedemptionCount: 1 },
  undefined,
);
test(
  answers,
  "a limit per customer, by one with none left",
  { maxRedemptionsPerCustomer: 2 },
  { customerId: "c", customerRedemptionCount: 2 },
  "COUPON_CUSTOMER_LIMIT_REACHED",
);
test(answers, "a minimum, reached", { minimumSubtotal: eur(1000n) }, {}, undefined);
test(answers, "a minimum, a cent below", { minimumSubtotal: eur(1001n) }, {}, "COUPON_MINIMUM_NOT_MET");
test(
  answers,
  "a minimum, for nothing at all",
  { minimumSubtotal: eur(1n) },
  { subtotal: undefined },
  "COUPON_MINIMUM_NOT_MET",
);
test(
  answers,
  "a minimum, in another currency",
  { minimumSubtotal: eur(1n) },
  { subtotal: money("JPY", 5000n) },
  "COUPON_MINIMUM_NOT_MET",
);
test(answers, "stopped and over", { state: "paused", endMs: NOW_MS }, {}, "COUPON_PAUSED");

test("every condition of a coupon is listed, met or not, in words", (t) => {
  const rule = promotion({
    state: "paused",
    startMs: Date.parse("2026-11-01T00:00:00Z"),
    endMs: Date.parse("2026-12-24T18:00:00Z"),
    maxRedemptions: 100,
    redemptionCount: 100,
    maxRedemptionsPerCustomer: 1,
    minimumSubtotal: eur(5000n),
  });
  const listed = conditionsOf(rule, use()).map(
    ({ reason, isMet, description }) => `${isMet ? "+" : "-"} ${reason} ${description}`,
  );
  t.deepEqual(listed, [
    "+ COUPON_NOT_FOUND the coupon exists",
    "- COUPON_PAUSED it has not been stopped",
    "+ COUPON_NOT_STARTED valid from 1 November 2026 at 00:00 UTC",
    "+ COUPON_EXPIRED valid until 24 December 2026 at 18:00 UTC",
    "- COUPON_NEEDS_CUSTOMER for signed-in customers",
    "- COUPON_LIMIT_REACHED at most 100 times in all",
    "+ COUPON_CUSTOMER_LIMIT_REACHED once for each customer",
    "- COUPON_MINIMUM_NOT_MET for goods of at least EUR 50.00",
  ]);
});

test("an unknown coupon has one condition, which is not met", (t) => {
  t.deepEqual(conditionsOf(undefined, use()), [
    { reason: "COUPON_NOT_FOUND", isMet: false, description: "the coupon exists" },
  ]);
});

test("a redemption is not asked again what the goods cost", (t) => {
  const rule = promotion({ minimumSubtotal: eur(5000n) });
  t.is(admitRedemption(rule, "TEN", use()), rule);
});

test("a redemption of an unknown coupon is not found, of a spent one refused for good", (t) => {
  const unknown = t.throws(() => admitRedemption(undefined, "NONE", use()), { instanceOf: DomainError });
  t.like(unknown, { kind: "not-found", reason: "COUPON_NOT_FOUND", metadata: { coupon_code: "NONE" } });
  const spent = promotion({ maxRedemptions: 1, redemptionCount: 1 });
  const refused = t.throws(() => admitRedemption(spent, "TEN", use()), { instanceOf: DomainError });
  t.like(refused, { kind: "precondition", reason: "COUPON_LIMIT_REACHED" });
});

test("a promotion is stopped once", (t) => {
  const stopped = pause(promotion());
  t.like(stopped, { state: "paused", version: 2 });
  t.is(pause(stopped), stopped);
});

test("a schedule ends after it begins", (t) => {
  t.notThrows(() => checkSchedule({ startMs: 1, endMs: 2 }));
  t.notThrows(() => checkSchedule({ startMs: undefined, endMs: 2 }));
  const error = t.throws(() => checkSchedule({ startMs: 2, endMs: 2 }), { instanceOf: DomainError });
  t.like(error, { reason: "SCHEDULE_INVALID", violations: [{ field: "end_time" }] });
});

test("case and outer spaces of a code do not count", (t) => {
  t.is(normaliseCode("  welcome10 "), "WELCOME10");
});
