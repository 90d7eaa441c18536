import { type Money, money } from "@shopmesh/kernel";
import { type Action, type Conditions, noConditions, type Promotion } from "../promotion.ts";

/** What a promotion's row keeps as text. */
export type Definition = Pick<
  Promotion,
  "action" | "promotionClass" | "combinesWith" | "conditions" | "platformShareBasisPoints"
>;

type Written = {
  readonly action: unknown;
  readonly promotionClass: Promotion["promotionClass"];
  readonly combinesWith: Promotion["combinesWith"];
  readonly conditions: Partial<Conditions>;
  readonly platformShareBasisPoints: number;
};

/** The definition as text: amounts are written "EUR 1234". */
export function writeDefinition(definition: Definition): string {
  const { action, promotionClass, combinesWith, conditions, platformShareBasisPoints } = definition;
  const written = { action, promotionClass, combinesWith, conditions, platformShareBasisPoints };
  return JSON.stringify(written, (_name, value: unknown) => (isMoney(value) ? writeMoney(value) : value));
}

/** What writeDefinition wrote; without a text a percentage of the sum, as older code made it. */
export function readDefinition(text: string | null, discountBasisPoints: number): Definition {
  if (text === null) {
    return {
      action: { kind: "percent-off", basisPoints: discountBasisPoints },
      promotionClass: "order",
      combinesWith: [],
      conditions: noConditions,
      platformShareBasisPoints: 0,
    };
  }
  // Written by this file alone, some time ago: conditions that came since have their defaults.
  const { action, conditions, ...same } = JSON.parse(text, (name, value: unknown) =>
    name === "amount" || name === "maximum" ? readMoney(value) : value,
  ) as Written;
  return { ...same, action: completed(action as Action), conditions: { ...noConditions, ...conditions } };
}

// JSON leaves out what is undefined.
function completed(action: Action): Action {
  return action.kind === "free-shipping" ? { ...action, maximum: action.maximum } : action;
}

function isMoney(value: unknown): value is Money {
  return typeof value === "object" && value !== null && "minorUnits" in value;
}

function writeMoney({ currencyCode, minorUnits }: Money): string {
  return `${currencyCode} ${minorUnits}`;
}

function readMoney(value: unknown): Money | undefined {
  const [currencyCode = "", minorUnits = ""] = String(value).split(" ");
  return money(currencyCode, BigInt(minorUnits));
}
