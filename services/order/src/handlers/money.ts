import { DomainError, type Money, money } from "@shopmesh/kernel";

/** An amount that the contract requires. */
export function moneyOf(amount: { readonly currencyCode: string; readonly minorUnits: bigint } | undefined): Money {
  if (amount === undefined) throw new DomainError("internal", "AMOUNT_MISSING");
  return money(amount.currencyCode, amount.minorUnits);
}
