import type { Money } from "@shopmesh/kernel";

export const accounts = ["buyer_cash", "seller_payable", "platform_revenue", "tax_payable", "provider_fee"] as const;

export type Account = (typeof accounts)[number];
export type MovementKind = "capture" | "refund" | "fee";

/** One side of a movement: what `account` gains, below zero for what it gives. */
export type LedgerSide = { readonly account: Account; readonly amount: Money };

/** Money that moved, both sides of it. */
export type Movement = { readonly kind: MovementKind; readonly sides: readonly LedgerSide[] };

/**
 * What taking `amount` moves: the buyer's cash becomes what the sellers are owed, and the platform bears the provider's fee.
 * Commission and tax leave seller_payable by the movements of those who know them.
 */
export function captureMovements(amount: Money, fee: Money | undefined): readonly Movement[] {
  const taken = movement("capture", "buyer_cash", "seller_payable", amount);
  if (fee === undefined || fee.minorUnits === 0n) return [taken];
  return [taken, movement("fee", "platform_revenue", "provider_fee", fee)];
}

/** What giving `amount` back moves. */
export function refundMovements(amount: Money): readonly Movement[] {
  return [movement("refund", "seller_payable", "buyer_cash", amount)];
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
