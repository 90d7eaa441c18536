import test from "ava";
import { applyIntent } from "../src/intent.ts";
import { nextStates, type PaymentState, transition, wantVoid } from "../src/payment.ts";
import type { ProviderIntent } from "../src/provider.ts";
import { payment } from "./books.ts";

const states = Object.keys(nextStates) as PaymentState[];
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
    kept: undefined,
  };
}

const moves = test.macro<[PaymentState, PaymentState]>({
  exec(t, from: PaymentState, to: PaymentState) {
    if (from === to || nextStates[from].includes(to)) {
      t.is(transition(payment({ state: from }), to).state, to);
      return;
    }
    t.like(
      t.throws(() => transition(payment({ state: from }), to)),
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
      const { state } = applyIntent(payment({ state: from }), intent(status), 0);
      t.true(state === from || nextStates[from].includes(state), `${from} ${status} ${state}`);
    }
  }
});

test("the provider's word twice is the provider's word once", (t) => {
  for (const from of states) {
    for (const status of statuses) {
      const once = applyIntent(payment({ state: from }), intent(status), 0);
      t.is(applyIntent(once, intent(status), 5), once, `${from} ${status}`);
    }
  }
});

const lapsed = test.macro({
  exec(t, from: PaymentState, to: PaymentState, failureReason: string) {
    t.like(applyIntent(payment({ state: from }), intent("cancelled"), 0), { state: to, failureReason });
  },
  title: (_, from, to, reason) => `cancelled by the provider, ${from} is ${to} ${reason}`,
});
test(lapsed, "unknown", "failed", "PROCESSING_ERROR");
test(lapsed, "requires-action", "expired", "ACTION_EXPIRED");
test(lapsed, "authorized", "expired", "AUTHORIZATION_EXPIRED");
test(lapsed, "partially-captured", "captured", "AUTHORIZATION_EXPIRED");

test("a promise of which a part was taken and that has succeeded without our last capture has lapsed with its rest", (t) => {
  const before = payment({ state: "partially-captured", authorizationExpireMs: 1 });
  const lapsedRest = { state: "captured", isClosed: true, failureReason: "AUTHORIZATION_EXPIRED" } as const;
  t.like(applyIntent(before, intent("settled"), 0), lapsedRest);
  t.like(applyIntent({ ...before, isClosed: true }, intent("settled"), 0), { state: "captured", failureReason: "" });
  const takenEarly = payment({ state: "partially-captured", authorizationExpireMs: undefined });
  t.like(applyIntent(takenEarly, intent("settled"), 0), { state: "captured", isClosed: false, failureReason: "" });
});

test("a payment that was wanted no more is voided by the provider's cancelling", (t) => {
  const unwanted = wantVoid(payment({ state: "authorized" }), "ORDER_CANCELLED");
  t.is(applyIntent(unwanted, intent("cancelled"), 0).state, "voided");
});

test("the card's token is forgotten once the provider has named the payment", (t) => {
  const { authorization } = payment();
  const asked = payment({
    state: "created",
    reference: "",
    authorization: { ...authorization, paymentMethod: "pm_card_visa" },
  });
  t.is(applyIntent(asked, intent("authorized"), 0).authorization.paymentMethod, "");
});
