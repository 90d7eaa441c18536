import test from "ava";
import { applyDispute, type Dispute, disputeMovements } from "../src/dispute.ts";
import { balanced } from "../src/ledger.ts";
import { disputed, type PaymentState } from "../src/payment.ts";
import type { ProviderDispute } from "../src/provider.ts";
import { money, payment } from "./books.ts";

function told(state: Dispute["state"], isAnswered = false): ProviderDispute {
  const amounts = { amount: money(100n), fee: money(15n) };
  return { reference: "dp_1", state, ...amounts, reason: "fraudulent", evidenceDueMs: undefined, isAnswered };
}

function after(known: Dispute | undefined, state: Dispute["state"]): Dispute {
  const dispute = applyDispute(known, told(state), { payment: payment(), id: "d", nowMs: 1 });
  if (dispute === undefined) throw new Error("no dispute");
  return dispute;
}

/** What all movements up to these states leave on each account. */
function left(...states: Dispute["state"][]): Readonly<Record<string, bigint>> {
  const sums: Record<string, bigint> = {};
  let known: Dispute | undefined;
  for (const state of states) {
    const next = after(known, state);
    for (const { sides } of disputeMovements(known, next).map(balanced)) {
      for (const { account, amount } of sides) sums[account] = (sums[account] ?? 0n) + amount.minorUnits;
    }
    known = next;
  }
  return sums;
}

const fee = { platform_revenue: -15n, provider_fee: 15n };

test("an open dispute is paid out of the reserve, and the platform bears its fee", (t) => {
  t.deepEqual(left("open"), { reserve: -100n, buyer_cash: 100n, ...fee });
});

test("a dispute that is won comes back to the reserve", (t) => {
  t.deepEqual(left("open", "won"), { reserve: 0n, buyer_cash: 0n, ...fee });
});

test("a dispute that is lost is borne by the platform", (t) => {
  t.deepEqual(left("open", "lost"), { reserve: 0n, buyer_cash: 100n, platform_revenue: -115n, provider_fee: 15n });
});

test("messages of a dispute in any order, or twice, move the same", (t) => {
  t.deepEqual(left("won", "open"), left("open", "won"));
  t.deepEqual(left("open", "open", "lost", "open", "lost"), left("open", "lost"));
  t.deepEqual(left("won", "lost"), left("open", "won"));
});

const turns = test.macro<[PaymentState, Dispute["state"], PaymentState]>({
  exec(t, from, decided, to) {
    t.is(disputed(payment({ state: from }), decided).state, to);
  },
  title: (_, from, decided, to) => `a ${from} payment whose dispute is ${decided} is ${to}`,
});
test(turns, "captured", "open", "disputed");
test(turns, "partially-refunded", "open", "disputed");
test(turns, "captured", "won", "won");
test(turns, "disputed", "won", "won");
test(turns, "disputed", "lost", "lost");
test(turns, "partially-captured", "open", "partially-captured");
test(turns, "refunded", "lost", "refunded");
