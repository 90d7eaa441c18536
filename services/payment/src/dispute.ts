import type { Money } from "@shopmesh/kernel";
import type { Movement } from "./ledger.ts";
import type { Payment } from "./payment.ts";
import type { ProviderDispute, ProviderName } from "./provider.ts";

/** A payment that the payer's bank takes back, until it is decided who keeps the money. */
export type Dispute = {
  readonly id: string;
  readonly paymentId: string;
  readonly orderGroupId: string;
  readonly provider: ProviderName;
  /** The provider's name of it. */
  readonly reference: string;
  readonly state: "open" | "won" | "lost";
  readonly amount: Money;
  /** What the provider takes for it, won or lost. */
  readonly fee: Money;
  /** Why, in the provider's words: "fraudulent". */
  readonly reason: string;
  readonly evidenceDueMs: number | undefined;
  /** Whether evidence has been handed in. */
  readonly isAnswered: boolean;
  readonly createMs: number;
  readonly updateMs: number;
};

/** What a provider's word makes of a dispute; undefined is one that is new. What is decided stays decided. */
export function applyDispute(
  known: Dispute | undefined,
  told: ProviderDispute,
  { payment, id, nowMs }: { readonly payment: Payment; readonly id: string; readonly nowMs: number },
): Dispute | undefined {
  if (known === undefined) {
    if (payment.provider === "") return undefined;
    const { id: paymentId, orderGroupId, provider } = payment;
    return { ...told, id, paymentId, orderGroupId, provider, createMs: nowMs, updateMs: nowMs };
  }
  const isAnswered = known.isAnswered || told.isAnswered;
  const state = known.state === "open" ? told.state : known.state;
  if (state === known.state && isAnswered === known.isAnswered) return known;
  return { ...known, state, isAnswered, updateMs: nowMs };
}

/**
 * What a dispute moves between two of its states (undefined: none before): the bank takes the money out of our reserve, and the
 * provider its fee; won, it comes back; lost, the platform bears it, for no rule makes a seller pay for it.
 */
export function disputeMovements(before: Dispute | undefined, after: Dispute): readonly Movement[] {
  const opened =
    before === undefined
      ? [
          move("dispute-open", "reserve", "buyer_cash", after.amount),
          move("dispute-fee", "platform_revenue", "provider_fee", after.fee),
        ]
      : [];
  const wasOpen = before === undefined || before.state === "open";
  const decided =
    !wasOpen || after.state === "open"
      ? []
      : after.state === "won"
        ? [move("dispute-won", "buyer_cash", "reserve", after.amount)]
        : [move("dispute-lost", "platform_revenue", "reserve", after.amount)];
  return [...opened, ...decided].filter(({ sides }) => sides.some(({ amount }) => amount.minorUnits !== 0n));
}

function move(
  kind: Movement["kind"],
  from: Movement["sides"][number]["account"],
  to: Movement["sides"][number]["account"],
  amount: Money,
): Movement {
  return {
    kind,
    sides: [
      { account: from, amount: { ...amount, minorUnits: -amount.minorUnits } },
      { account: to, amount },
    ],
  };
}
