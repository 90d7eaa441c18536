import test from "ava";
import { applyIntent, nextStates, type Payment, type PaymentState, transition, wantVoid } from "../src/payment.ts";
import type { ProviderIntent } from "../src/provider.ts";

const states = Object.keys(nextStates) as PaymentState[];
const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

function payment(state: PaymentState, overrides: Partial<Payment> = {}): Payment {
  return {
    id: "p",
    orderGroupId: "g",
    version: 1,
    state,
    amount: eur(100n),
    taken: eur(0n),
    refunded: eur(0n),
    voidReason: undefined,
    failureReason: "",
    actionUrl: "",
    actionExpireMs: undefined,
    authorizationExpireMs: undefined,
    cardBrand: "visa",
    cardLastFour: "4242",
    isMulticapture: true,
    reference: "pi_1",
    authorization: { paymentMethod: "", orderNumbers: [], returnUrl: "" },
    personId: undefined,
    guestTokenHash: undefined,
    askMs: undefined,
    createMs: 0,
    updateMs: 0,
    ...overrides,
  };
}

function intent(status: ProviderIntent["status"]): ProviderIntent {
  return {
    reference: "pi_1",
    status,
    failureReason: status === "failed" ? "CARD_DECLINED" : "",
    actionUrl: "",
    authorizationExpireMs: 1,
    isMulticapture: true,
    cardBrand: "visa",
    cardLastFour: "4242",
  };
}

const moves = test.macro<[PaymentState, PaymentState]>({
  exec(t, from: PaymentState, to: PaymentState) {
    if (from === to || nextStates[from].includes(to)) {
      t.is(transition(payment(from), to).state, to);
      return;
    }
    t.like(
      t.throws(() => transition(payment(from), to)),
      {
        name: "DomainError",
        reason: "PAYMENT_STATE",
        metadata: { payment_id: "p", state: from, wanted: to },
      },
    );
  },
  title: (_, from, to) => `${from} ${from === to || nextStates[from].includes(to) ? "->" : "-/->"} ${to}`,
});
for (const from of states) for (const to of states) test(moves, from, to);

const statuses = ["authorized", "requires-action", "failed", "cancelled", "settled", "processing"] as const;

test("whatever the provider says, a payment only moves along its table", (t) => {
  for (const from of states) {
    for (const status of statuses) {
      const { state } = applyIntent(payment(from), intent(status), 0);
      t.true(state === from || nextStates[from].includes(state), `${from} ${status} ${state}`);
    }
  }
});

test("the provider's word twice is the provider's word once", (t) => {
  for (const from of states) {
    for (const status of statuses) {
      const once = applyIntent(payment(from), intent(status), 0);
      t.is(applyIntent(once, intent(status), 5), once, `${from} ${status}`);
    }
  }
});

const lapsed = test.macro({
  exec(t, from: PaymentState, to: PaymentState, failureReason: string) {
    t.like(applyIntent(payment(from), intent("cancelled"), 0), { state: to, failureReason });
  },
  title: (_, from, to, reason) => `cancelled by the provider, ${from} is ${to} ${reason}`,
});
test(lapsed, "unknown", "failed", "PROCESSING_ERROR");
test(lapsed, "requires-action", "expired", "ACTION_EXPIRED");
test(lapsed, "authorized", "expired", "AUTHORIZATION_EXPIRED");
test(lapsed, "partially-captured", "captured", "");

test("a payment that was wanted no more is voided by the provider's cancelling", (t) => {
  const unwanted = wantVoid(payment("authorized"), "ORDER_CANCELLED");
  t.is(applyIntent(unwanted, intent("cancelled"), 0).state, "voided");
});

test("the card's token is forgotten once the provider has named the payment", (t) => {
  const asked = payment("created", {
    reference: "",
    authorization: { paymentMethod: "pm_card_visa", orderNumbers: [], returnUrl: "" },
  });
  t.is(applyIntent(asked, intent("authorized"), 0).authorization.paymentMethod, "");
});
