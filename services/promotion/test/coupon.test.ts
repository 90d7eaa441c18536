import { DomainError, money } from "@shopmesh/kernel";
import test from "ava";
import {
  admitRedemption,
  type CouponReason,
  conditionsOf,
  type Goods,
  normaliseCode,
  problemOf,
  type Use,
} from "../src/coupon.ts";
import { checkSchedule, noConditions, type Promotion, pause, resume } from "../src/promotion.ts";
import { eur, goods, NOW_MS, promotion, use } from "./fixtures.ts";

type By = Partial<Use> & { readonly customerId?: string };
type Case = [name: string, rule: Partial<Promotion>, by: By, of: Partial<Goods>, expected: CouponReason | undefined];

const answers = test.macro<Case>({
  exec: (t, _name, rule, by, of, expected) => t.is(problemOf(promotion(rule), use(by), goods(of)), expected),
  title: (_, name, _rule, _by, _of, expected) => `${name}: ${expected ?? "applies"}`,
});
const forOnly = (conditions: Partial<typeof noConditions>) => ({ conditions: { ...noConditions, ...conditions } });
const buyer = (overrides: Partial<Use["buyer"]>) => ({
  buyer: { customerId: "c", hasOrdered: false, groups: [], ...overrides },
});

test(answers, "no condition at all, by a guest", {}, {}, {}, undefined);
test(answers, "stopped", { state: "paused" }, {}, {}, "COUPON_PAUSED");
test(answers, "a millisecond before it starts", { startMs: NOW_MS + 1 }, {}, {}, "COUPON_NOT_STARTED");
test(answers, "at its start", { startMs: NOW_MS }, {}, {}, undefined);
test(answers, "a millisecond before its end", { endMs: NOW_MS + 1 }, {}, {}, undefined);
test(answers, "at its end", { endMs: NOW_MS }, {}, {}, "COUPON_EXPIRED");
test(answers, "one use left in all", { maxRedemptions: 3, redemptionCount: 2 }, {}, {}, undefined);
test(answers, "no use left in all", { maxRedemptions: 3, redemptionCount: 3 }, {}, {}, "COUPON_LIMIT_REACHED");
test(answers, "a limit per customer, by a guest", { maxRedemptionsPerCustomer: 1 }, {}, {}, "COUPON_NEEDS_CUSTOMER");
test(
  answers,
  "a limit per customer, by one with a use left",
  { maxRedemptionsPerCustomer: 2 },
  { customerId: "c", customerRedemptionCount: 1 },
  {},
  undefined,
);
test(
  answers,
  "a limit per customer, by one with none left",
  { maxRedemptionsPerCustomer: 2 },
  { customerId: "c", customerRedemptionCount: 2 },
  {},
  "COUPON_CUSTOMER_LIMIT_REACHED",
);
test(answers, "a minimum, reached", { minimumSubtotal: eur(1000n) }, {}, {}, undefined);
test(answers, "a minimum, a cent below", { minimumSubtotal: eur(1001n) }, {}, {}, "COUPON_MINIMUM_NOT_MET");
test(
  answers,
  "a minimum, for nothing at all",
  { minimumSubtotal: eur(1n) },
  {},
  { subtotal: undefined },
  "COUPON_MINIMUM_NOT_MET",
);
test(
  answers,
  "a minimum, in another currency",
  { minimumSubtotal: eur(1n) },
  {},
  { subtotal: money("JPY", 5000n) },
  "COUPON_MINIMUM_NOT_MET",
);
test(answers, "stopped and over", { state: "paused", endMs: NOW_MS }, {}, {}, "COUPON_PAUSED");

const budget = { budget: eur(500n), budgetSpent: 400n };
test(answers, "a budget that is enough to the cent", budget, { discount: 100n }, {}, undefined);
test(answers, "a budget a cent too small", budget, { discount: 101n }, {}, "COUPON_BUDGET_SPENT");
test(answers, "a budget with nothing left", { ...budget, budgetSpent: 500n }, {}, {}, "COUPON_BUDGET_SPENT");
const first = forOnly({ isFirstOrder: true });
test(answers, "a first order, by a guest", first, {}, {}, "COUPON_NEEDS_CUSTOMER");
test(answers, "a first order, by a new customer", first, buyer({}), {}, undefined);
test(
  answers,
  "a first order, by one who has ordered",
  first,
  buyer({ hasOrdered: true }),
  {},
  "COUPON_FIRST_ORDER_ONLY",
);
test(
  answers,
  "a first order, while another one is under way",
  first,
  { ...buyer({}), customerRedemptionCount: 1 },
  {},
  "COUPON_CUSTOMER_LIMIT_REACHED",
);
const vip = forOnly({ customerGroups: ["vip", "staff"] });
test(answers, "a group, by one of its members", vip, buyer({ groups: ["staff"] }), {}, undefined);
test(answers, "a group, by a member of another", vip, buyer({ groups: ["press"] }), {}, "COUPON_GROUP_ONLY");
test(answers, "a group, by a guest", vip, {}, {}, "COUPON_NEEDS_CUSTOMER");
test(
  answers,
  "goods of a category, none there",
  forOnly({ categoryIds: ["x"] }),
  {},
  { quantity: 0 },
  "COUPON_GOODS_MISSING",
);
test(
  answers,
  "from three pieces, two there",
  forOnly({ minimumQuantity: 3 }),
  {},
  { quantity: 2 },
  "COUPON_QUANTITY_NOT_MET",
);
test(answers, "from three pieces, three there", forOnly({ minimumQuantity: 3 }), {}, { quantity: 3 }, undefined);
const german = forOnly({ countryCodes: ["DE"] });
test(answers, "a country, and it goes there", german, {}, { countryCode: "DE" }, undefined);
test(answers, "a country, and it goes elsewhere", german, {}, { countryCode: "FR" }, "COUPON_COUNTRY_NOT_SERVED");
test(answers, "a country, before the address is known", german, {}, {}, undefined);
test(answers, "a rule that is not met", forOnly({ rule: "false" }), {}, { isRuleMet: false }, "COUPON_RULE_NOT_MET");
test(answers, "a generated code, free", { trigger: "generated-codes" }, {}, {}, undefined);
test(answers, "a generated code, used", { trigger: "generated-codes" }, { isCodeUsed: true }, {}, "COUPON_CODE_USED");

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
  const listed = conditionsOf(rule, use(), goods()).map(
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
  t.deepEqual(conditionsOf(undefined, use(), goods()), [
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

test("an automatic promotion is refused by its own name", (t) => {
  const rule = promotion({ trigger: "automatic", maxRedemptions: 1, redemptionCount: 1 });
  const refused = t.throws(() => admitRedemption(rule, "", use()), { instanceOf: DomainError });
  t.like(refused, { reason: "PROMOTION_LIMIT_REACHED", metadata: { promotion_id: "p1", label: "Ten off" } });
});

test("a promotion is stopped and resumed once", (t) => {
  const stopped = pause(promotion());
  t.like(stopped, { state: "paused", version: 2 });
  t.is(pause(stopped), stopped);
  const running = resume(stopped);
  t.like(running, { state: "active", version: 3 });
  t.is(resume(running), running);
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
