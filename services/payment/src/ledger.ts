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
  | "tax-refund"
  | "platform-share"
  | "platform-share-refund";

/** One side of a movement: what `account` gains, below zero for what it gives. */
export type LedgerSide = { readonly account: Account; readonly amount: Money };

/** Money that moved, both sides of it. */
export type Movement = { readonly kind: MovementKind; readonly sides: readonly LedgerSide[] };

/**
 * What a transfer moves that succeeded: the buyer's cash, and what we owe on gift cards, becomes what the sellers are owed, and
 * the platform bears the provider's fee; to that comes `shareMovements`. What is given back goes the other way. Commission leaves
 * seller_payable by the movements of those who know it.
 */
export function movementsOf(
  { kind, amount, tax, platformShare, gifts, moves }: Moving,
  fee: Money | undefined,
): readonly Movement[] {
  const atProvider = { ...amount, minorUnits: moves };
  const onGiftCards = { ...amount, minorUnits: sumParts(gifts) };
  const isTaking = kind === "capture" || kind === "take";
  const beside = { currencyCode: amount.currencyCode, tax, platformShare, isReversed: !isTaking };
  const movements = isTaking
    ? [
        movement(kind, "buyer_cash", "seller_payable", atProvider),
        movement("gift-card-redeem", "gift_card_liability", "seller_payable", onGiftCards),
        ...shareMovements(beside),
        movement("fee", "platform_revenue", "provider_fee", fee ?? { ...amount, minorUnits: 0n }),
      ]
    : [
        movement(kind, "seller_payable", "buyer_cash", atProvider),
        movement("gift-card-refund", "seller_payable", "gift_card_liability", onGiftCards),
        ...shareMovements(beside),
      ];
  return movements.filter(isMoving);
}

type Moving = Pick<Transfer, "kind" | "amount" | "tax" | "platformShare" | "gifts" | "moves">;

/** What is booked beside what a buyer pays, or takes back. */
export type Share = Pick<Transfer, "tax" | "platformShare"> & {
  readonly currencyCode: string;
  readonly isReversed: boolean;
};

/** What the marketplace pays of a price is owed to sellers; what of the whole is tax is owed to the state instead. */
export function shareMovements({ currencyCode, tax, platformShare, isReversed }: Share): readonly Movement[] {
  const share = { currencyCode, minorUnits: platformShare };
  const inTax = { currencyCode, minorUnits: tax };
  const movements = isReversed
    ? [
        movement("platform-share-refund", "seller_payable", "platform_revenue", share),
        movement("tax-refund", "tax_payable", "seller_payable", inTax),
      ]
    : [
        movement("platform-share", "platform_revenue", "seller_payable", share),
        movement("tax", "seller_payable", "tax_payable", inTax),
      ];
  return movements.filter(isMoving);
}

function isMoving({ sides }: Movement): boolean {
  return sides.some((side) => side.amount.minorUnits !== 0n);
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
