import test from "ava";
import fc from "fast-check";
import { nextStates, type Payment } from "../src/payment.ts";
import { type Book, beginCapture, beginRefund, capturedTotal, settle } from "../src/transfer.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

function book(isMulticapture: boolean): Book {
  const payment: Payment = {
    id: "p",
    orderGroupId: "g",
    version: 1,
    state: "authorized",
    amount: eur(100n),
    taken: eur(0n),
    refunded: eur(0n),
    voidReason: undefined,
    failureReason: "",
    actionUrl: "",
    actionExpireMs: undefined,
    authorizationExpireMs: 1,
    cardBrand: "visa",
    cardLastFour: "4242",
    isMulticapture,
    reference: "pi_1",
    authorization: { paymentMethod: "", orderNumbers: [], returnUrl: "" },
    personId: undefined,
    guestTokenHash: undefined,
    askMs: undefined,
    createMs: 0,
    updateMs: 0,
  };
  return { payment, transfers: [] };
}

type Deed =
  | { readonly kind: "capture"; readonly minorUnits: number; readonly isFinal: boolean }
  | { readonly kind: "refund"; readonly minorUnits: number }
  | { readonly kind: "settle"; readonly index: number; readonly succeeds: boolean };

const minorUnits = fc.integer({ min: 1, max: 120 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant("capture"), minorUnits, isFinal: fc.boolean() }),
  fc.record({ kind: fc.constant("refund"), minorUnits }),
  fc.record({
    kind: fc.constant("settle"),
    index: fc.integer({ min: 0, max: 5 }),
    succeeds: fc.boolean(),
  }),
);

function perform(before: Book, done: Deed, step: number): Book {
  try {
    if (done.kind === "settle") {
      const transfer = before.transfers.filter(({ moves }) => moves > 0n)[done.index];
      if (transfer === undefined) return before;
      const failed = { kind: "failed", reason: "CARD_DECLINED" } as const;
      return settle(before, transfer.id, done.succeeds ? { kind: "succeeded" } : failed, step);
    }
    const wanted = { id: String(step), amount: eur(BigInt(done.minorUnits)) };
    if (done.kind === "refund") return beginRefund(before, { ...wanted, reason: "" }, step);
    return beginCapture(before, { ...wanted, isFinal: done.isFinal }, step);
  } catch (error) {
    if (error instanceof Error && error.name === "DomainError") return before;
    throw error;
  }
}

test("whatever comes in whatever order, no more is captured than promised, and no more refunded than taken", (t) => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(deed, { maxLength: 30 }), (isMulticapture, deeds) => {
      let now = book(isMulticapture);
      for (const [step, done] of deeds.entries()) {
        const after = perform(now, done, step);
        const { payment } = after;
        const from = now.payment.state;
        const isStep = from === payment.state || nextStates[from].includes(payment.state);
        const captured = capturedTotal(after).minorUnits;
        if (!isStep || captured > payment.taken.minorUnits) return false;
        if (payment.taken.minorUnits > payment.amount.minorUnits) return false;
        if (payment.refunded.minorUnits > payment.taken.minorUnits) return false;
        now = after;
      }
      return true;
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});

test("a card taken whole settles later captures only once that has been taken", (t) => {
  const first = beginCapture(book(false), { id: "1", amount: eur(40n), isFinal: false }, 0);
  const both = beginCapture(first, { id: "2", amount: eur(60n), isFinal: true }, 0);
  t.deepEqual(
    both.transfers.map(({ state, moves }) => [state, moves]),
    [
      ["pending", 100n],
      ["pending", 0n],
    ],
  );
  const taken = settle(both, "1", { kind: "succeeded" }, 1);
  t.deepEqual(
    taken.transfers.map(({ state }) => state),
    ["succeeded", "succeeded"],
  );
  const refused = settle(both, "1", { kind: "failed", reason: "CARD_DECLINED" }, 1);
  t.deepEqual(
    refused.transfers.map(({ state }) => state),
    ["failed", "failed"],
  );
});

test("the last capture gives up the rest only once no other is out", (t) => {
  const first = beginCapture(book(true), { id: "1", amount: eur(40n), isFinal: false }, 0);
  const last = beginCapture(first, { id: "2", amount: eur(10n), isFinal: true }, 0);
  t.false(last.transfers.at(-1)?.isFinal);
});
