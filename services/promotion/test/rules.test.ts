import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { compileRule, contextOf, createRules } from "../src/effects/rules.ts";
import { noConditions } from "../src/promotion.ts";
import { line, NOW_MS, promotion } from "./fixtures.ts";

const buyer = { customerId: "c", hasOrdered: false, groups: ["vip"] };
const lines = [line("A-1", "s", 100n, 3, "books"), line("B", "r", 2000n, 1, "toys")];
const context = contextOf(lines, { buyer, countryCode: "DE", nowMs: NOW_MS });

const says = test.macro<[rule: string, expected: boolean]>({
  exec: (t, rule, expected) => t.is(compileRule(rule).holds(context), expected),
  title: (_, rule, expected) => `${rule}: ${expected}`,
});

test(says, "cart.subtotal >= 2300", true);
test(says, "cart.subtotal > 2300", false);
test(says, "cart.quantity == 4 && cart.currency_code == 'EUR'", true);
test(says, "cart.lines.exists(line, line.sku.startsWith('A-') && line.quantity >= 3)", true);
test(says, "cart.lines.all(line, line.category_id in ['books', 'toys'])", true);
test(says, "cart.lines.filter(line, line.category_id == 'books').size() == 2", false);
test(says, "cart.lines.map(line, line.total)[1] == 2000", true);
test(says, "'vip' in customer.groups && !customer.has_ordered", true);
test(says, "delivery.country_code in ['DE', 'AT']", true);
test(says, "now >= timestamp('2026-12-01T00:00:00Z')", true);
test(says, "now.getDayOfWeek('Europe/Berlin') == 2", true);
test(says, "cart.subtotal / (cart.quantity - 4) > 1", false);
test(says, "cart.lines[7].quantity == 1", false);

const refused = test.macro<[rule: string, reason: string, place: string, problem: RegExp]>({
  exec(t, rule, reason, place, problem) {
    const error = t.throws(() => compileRule(rule), { instanceOf: DomainError });
    const { line: row, column, problem: told = "", field } = error.metadata;
    t.like(error, { kind: "invalid", reason, violations: [{ field: "conditions.rule" }] });
    t.deepEqual([field, `${row}:${column}`], ["conditions.rule", place]);
    t.regex(told, problem);
  },
  title: (_, rule, reason) => `${rule.length > 80 ? `${rule.slice(0, 80)}…` : rule}: ${reason}`,
});

test(refused, "cart.subtotal >", "RULE_INVALID", "1:15", /./);
test(refused, "cart.\n  subtotl > 1", "RULE_INVALID", "1:5", /no field "subtotl"; it has lines, subtotal/);
test(refused, "carts.subtotal > 1", "RULE_INVALID", "1:1", /knows no "carts"; there are cart, customer, delivery, now/);
test(refused, "cart.subtotal > 'a'", "RULE_INVALID", "1:15", /> does not take \(int, string\)/);
test(refused, "customer.signed_in && 3", "RULE_INVALID", "1:23", /is int, not a condition/);
test(refused, "cart.subtotal", "RULE_INVALID", "1:5", /is int, not a condition/);
test(refused, "1 in customer.groups", "RULE_INVALID", "1:2", /looks for int in a list of string/);
test(refused, "cart.lines.exists(line, line.sku == 3)", "RULE_INVALID", "1:34", /compares string with int/);
test(refused, "cart.subtotal.all(x, true)", "RULE_INVALID", "1:5", /goes through int/);
test(refused, "customer.signed_in ? true : 'a'", "RULE_INVALID", "1:1", /bool or string/);
test(refused, "steal(cart)", "RULE_INVALID", "1:1", /knows no function "steal"/);
test(refused, "cart.lines.exists(a, cart.lines.all(b, a.sku == b.sku))", "RULE_TOO_COSTLY", "1:11", /steps, more than/);
test(refused, `1${"+1".repeat(80)} > 0`, "RULE_TOO_COSTLY", "1:32", /nested too deep/);

test("a rule says whether it asks where the goods go", (t) => {
  t.true(compileRule("cart.quantity > 1 || delivery.country_code == 'DE'").asksDelivery);
  t.false(compileRule("cart.quantity > 1").asksDelivery);
});

test("a rule is compiled once for each version of its promotion", (t) => {
  const rules = createRules();
  const one = promotion({ conditions: { ...noConditions, rule: "cart.quantity > 1" } });
  t.is(rules.of(one), rules.of({ ...one }));
  const changed = { ...one, version: 2, conditions: { ...noConditions, rule: "cart.quantity > 99" } };
  t.true(rules.of(one).holds(context));
  t.false(rules.of(changed).holds(context));
});
