import { type Expr, RuleFault } from "./rule-types.ts";

/** A cart has no more lines. */
const MOST_LINES = 200;
/** A regular expression costs more than a comparison. */
const HEAVY: Readonly<Record<string, number>> = { matches: 50 };
/** A rule may cost at most so many steps for the largest cart: some milliseconds. */
export const MOST_STEPS = 20_000;

/** How many steps a rule takes at the most. Throws RuleFault as soon as they are more than MOST_STEPS. */
export function stepsOf(expr: Expr): number {
  const steps = count(expr);
  if (steps > MOST_STEPS) throw new RuleFault(expr.id, `may take ${steps} steps, more than ${MOST_STEPS}`);
  return steps;
}

function count(expr: Expr | undefined): number {
  if (expr === undefined) return 0;
  const { exprKind: kind } = expr;
  const all = (parts: readonly (Expr | undefined)[]) => parts.reduce((sum, part) => sum + count(part), 1);
  switch (kind.case) {
    case "selectExpr":
      return all([kind.value.operand]);
    case "listExpr":
      return all(kind.value.elements);
    case "callExpr":
      return all([kind.value.target, ...kind.value.args]) + (HEAVY[kind.value.function] ?? 0);
    case "structExpr":
      return all(
        kind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === "mapKey" ? keyKind.value : undefined,
          value,
        ]),
      );
    case "comprehensionExpr": {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      const rounds = lengthOf(iterRange);
      return all([iterRange, accuInit, result]) + rounds * (count(loopCondition) + count(loopStep));
    }
    default:
      return 1;
  }
}

function lengthOf(range: Expr | undefined): number {
  const isWritten = range?.exprKind.case === "listExpr";
  return isWritten && range.exprKind.case === "listExpr" ? range.exprKind.value.elements.length : MOST_LINES;
}
