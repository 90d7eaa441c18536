import type { Money } from "@shopmesh/kernel";
import type { Transfer } from "./book.ts";
import { sumParts } from "./tender.ts";

export const accounts = [
  "buyer_cash",
  "seller_payable",
  "platform_revenue",
  "tax_payable",
  "provider_fee",
  "reserve",
  "gift_card_liability",
] as const;

export type Account = (typeof accounts)[number];
export type MovementKind =
  | "capture"
  | "refund"
  | "fee"
  /** What was taken beyond the captures goes back. */
  | "release"
  /** What was promised, taken before the promise lapses. */
  | "take"
  | "dispute-open"
  | "dispute-fee"
  | "dispute-won"
  | "dispute-lost"
  | "gift-card-issue"
  | "gift-card-redeem"
  | "gift-card-refund"
  | "tax"
  | "tax-refund";

/** One side of a movement: what `account` gains, below zero for what it gives. */
export type LedgerSide = { readonly account: Account; readonly amount: Money };

/** Money that moved, both sides of it. */
export type Movement = { readonly kind: MovementKind; readonly sides: readonly LedgerSide[] };

/**
 * What a transfer moves that succeeded: the buyer's cash, and what we owe on gift cards, becomes what the sellers are owed, and
 * the platform bears the provider's fee; what of it is tax is owed to the state instead. What is given back goes the other way.
 * Commission leaves seller_payable by the movements of those who know it.
 */
export function movementsOf(
  { kind, amount, tax, gifts, moves }: Pick<Transfer, "kind" | "amount" | "tax" | "gifts" | "moves">,
  fee: Money | undefined,
): readonly Movement[] {
  const atProvider = { ...amount, minorUnits: moves };
  const onGiftCards = { ...amount, minorUnits: sumParts(gifts) };
  const inTax = { ...amount, minorUnits: tax };
  const movements =
    kind === "capture" || kind === "take"
      ? [
          movement(kind, "buyer_cash", "seller_payable", atProvider),
          movement("gift-card-redeem", "gift_card_liability", "seller_payable", onGiftCards),
          movement("tax", "seller_payable", "tax_payable", inTax),
          movement("fee", "platform_revenue", "provider_fee", fee ?? { ...amount, minorUnits: 0n }),
        ]
      : [
          movement(kind, "seller_payable", "buyer_cash", atProvider),
          movement("gift-card-refund", "seller_payable", "gift_card_liability", onGiftCards),
          movement("tax-refund", "tax_payable", "seller_payable", inTax),
        ];
  return movements.filter(({ sides }) => sides.some((side) => side.amount.minorUnits !== 0n));
}

/** What giving a gift card away moves: the platform owes what is on it. */
export function issueMovement(amount: Money): Movement {
  return movement("gift-card-issue", "platform_revenue", "gift_card_liability", amount);
}

/** `movement` itself; throws an Error where its sides do not add up to zero in each currency. */
export function balanced(checked: Movement): Movement {
  const sums = new Map<string, bigint>();
  for (const { amount } of checked.sides) {
    const sum = (sums.get(amount.currencyCode) ?? 0n) + amount.minorUnits;
    sums.set(amount.currencyCode, sum);
  }
  const wrong = [...sums].filter(([, sum]) => sum !== 0n);
  if (wrong.length === 0) return checked;
  const list = wrong.map(([currency, sum]) => `${currency} ${sum}`).join(", ");
  throw new Error(`a ${checked.kind} does not balance: ${list}`);
}

function movement(kind: MovementKind, from: Account, to: Account, amount: Money): Movement {
  return balanced({
    kind,
    sides: [
      { account: from, amount: { ...amount, minorUnits: -amount.minorUnits } },
      { account: to, amount },
    ],
  });
}
