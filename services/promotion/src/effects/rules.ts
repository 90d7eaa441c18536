import { type CelResult, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { create, createRegistry } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  file_shop_promotion_v1_rule,
  type RuleContext,
  RuleContextSchema,
} from "@shopmesh/contracts/shop/promotion/v1/rule_pb.ts";
import { BoundedMap, DomainError } from "@shopmesh/kernel";
import type { Buyer } from "../coupon.ts";
import { lineTotal, subtotalOf, type Line } from "../discount.ts";
import type { RuleAnswer } from "../evaluation.ts";
import type { Promotion } from "../promotion.ts";
import { stepsOf } from "./rule-cost.ts";
import { type Expr, requireBool, RuleFault, typeOfRule, variables } from "./rule-types.ts";

/** A rule, ready to be asked. */
export type Rule = {
  /** Whether it holds; false where it cannot be computed. */
  readonly holds: (context: RuleContext) => boolean;
  /** Whether it asks where the goods go. */
  readonly asksDelivery: boolean;
};

/** The rules of promotions, each compiled once for each of their versions. */
export type Rules = { of(promotion: Promotion): Rule };

/** So many compiled rules are kept; the oldest goes first. */
const MOST_KEPT = 1_000;
const MOST_DEPTH = 64;

const environment = celEnv({ registry: createRegistry(file_shop_promotion_v1_rule), variables });

export function createRules(): Rules {
  const kept = new BoundedMap<string, Rule>(MOST_KEPT);
  return {
    of({ id, version, conditions }) {
      const key = `${id}@${version}`;
      const known = kept.get(key);
      if (known !== undefined) return known;
      const rule = compileRule(conditions.rule);
      kept.set(key, rule);
      return rule;
    },
  };
}

/** The rule compiled and checked. Throws RULE_INVALID (metadata: line, column, problem), RULE_TOO_COSTLY. */
export function compileRule(text: string): Rule {
  const { expr, sourceInfo } = parseRule(text);
  const positions: Readonly<Record<string, number>> = sourceInfo?.positions ?? {};
  const at = (id: bigint) => placeOf(text, positions[String(id)] ?? 0);
  refuseDeep(expr, at);
  attempt("RULE_INVALID", at, () => requireBool(expr, typeOfRule(expr)));
  attempt("RULE_TOO_COSTLY", at, () => stepsOf(expr));
  const run = plan(environment, expr) as (bindings: Record<string, unknown>) => CelResult;
  return { holds: (context) => isTrue(run, context), asksDelivery: names(expr, "delivery") };
}

/** What a rule is asked about. */
export function contextOf(
  lines: readonly Line[],
  {
    buyer,
    countryCode,
    nowMs,
  }: { readonly buyer: Buyer; readonly countryCode: string | undefined; readonly nowMs: number },
): RuleContext {
  const subtotal = subtotalOf(lines);
  return create(RuleContextSchema, {
    cart: {
      lines: lines.map((line) => ({
        sku: line.sku,
        sellerId: line.sellerId,
        categoryId: line.categoryId,
        quantity: BigInt(line.quantity),
        unitPrice: line.unitPrice.minorUnits,
        total: lineTotal(line),
      })),
      subtotal: subtotal?.minorUnits ?? 0n,
      quantity: lines.reduce((count, { quantity }) => count + BigInt(quantity), 0n),
      currencyCode: subtotal?.currencyCode ?? "",
    },
    customer: {
      signedIn: buyer.customerId !== undefined,
      hasOrdered: buyer.hasOrdered,
      groups: [...buyer.groups],
    },
    delivery: { countryCode: countryCode ?? "" },
    now: timestampFromMs(nowMs),
  });
}

/** Answers for the rules of promotions; the context is made when the first is asked. */
export function askerOf(rules: Rules, context: () => RuleContext): (promotion: Promotion) => RuleAnswer {
  let made: RuleContext | undefined;
  return (promotion) => {
    const rule = rules.of(promotion);
    made ??= context();
    return { isMet: rule.holds(made), asksDelivery: rule.asksDelivery };
  };
}

function isTrue(run: (bindings: Record<string, unknown>) => CelResult, context: RuleContext): boolean {
  const { cart, customer, delivery, now } = context;
  const answer = run({ cart, customer, delivery, now });
  return !isCelError(answer) && answer === true;
}

function parseRule(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { location, rawMessage = error.message } = error as Error & SyntaxProblem;
    throw refusal("RULE_INVALID", rawMessage, location?.start ?? { line: 1, column: 1 });
  }
}

/** What the library's parser says of a mistake; not in its types. */
type SyntaxProblem = { readonly location?: { readonly start: Place }; readonly rawMessage?: string };
type Place = { readonly line: number; readonly column: number };

function attempt<T>(reason: string, at: (id: bigint) => Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RuleFault)) throw error;
    throw refusal(reason, error.message, at(error.exprId));
  }
}

function refusal(reason: string, problem: string, { line, column }: Place): DomainError {
  const field = "conditions.rule";
  const metadata = { field, line: String(line), column: String(column), problem };
  const description = `line ${line}, column ${column}: ${problem}`;
  return new DomainError("invalid", reason, metadata, {
    violations: [{ field, description, rule: `rule.${reason.toLowerCase()}` }],
  });
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

// What walks the rule after this walks no deeper.
function refuseDeep(expr: Expr, at: (id: bigint) => Place): void {
  let level: readonly Expr[] = [expr];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) throw refusal("RULE_TOO_COSTLY", "is nested too deep", at(level[0]?.id ?? 0n));
    level = level.flatMap(partsOf);
  }
}

function names(expr: Expr, variable: string): boolean {
  const { exprKind: kind } = expr;
  return (
    (kind.case === "identExpr" && kind.value.name === variable) || partsOf(expr).some((part) => names(part, variable))
  );
}

function partsOf({ exprKind: kind }: Expr): readonly Expr[] {
  const given = (parts: readonly (Expr | undefined)[]) => parts.filter((part) => part !== undefined);
  switch (kind.case) {
    case "selectExpr":
      return given([kind.value.operand]);
    case "listExpr":
      return kind.value.elements;
    case "callExpr":
      return given([kind.value.target, ...kind.value.args]);
    case "structExpr":
      return given(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === "mapKey" ? keyKind.value : undefined,
          value,
        ]),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return given([iterRange, accuInit, loopCondition, loopStep, result]);
    }
    default:
      return [];
  }
}
