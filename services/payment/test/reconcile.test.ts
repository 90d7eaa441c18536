import test from "ava";
import type { Book } from "../src/book.ts";
import type { ProviderRecord } from "../src/provider.ts";
import { compare, type DiscrepancyKind, SETTLE_MS } from "../src/reconcile.ts";
import { beginCapture } from "../src/capture.ts";
import { settle } from "../src/transfer.ts";
import { book, money } from "./books.ts";

const nowMs = SETTLE_MS + 1;
const world = { nowMs: 0, newId: () => "id" };

function record(overrides: Partial<ProviderRecord> = {}): ProviderRecord {
  return {
    reference: "pi_1",
    paymentId: "p",
    amount: money(100n),
    isPromise: false,
    captured: 0n,
    refunded: 0n,
    ...overrides,
  };
}

const promised = book({ authorizationExpireMs: 1 });
const capturing = beginCapture(
  promised,
  { id: "c", amount: money(100n), tax: undefined, platformShare: undefined, isFinal: true },
  world,
);
const captured = settle(capturing, "c", { kind: "succeeded", reference: "ch_1" }, 0);

const differs = test.macro<[Book | undefined, ProviderRecord | undefined, DiscrepancyKind | "undecided" | undefined]>({
  exec(t, ours, theirs, kind) {
    const found = compare(ours, theirs, nowMs);
    t.is(typeof found === "object" ? found.kind : found, kind);
  },
  title: (given = "") => given,
});
test("a promise on both sides agrees", differs, promised, record({ isPromise: true }), undefined);
test("a capture on both sides agrees", differs, captured, record({ captured: 100n }), undefined);
test("a promise that we do not know is missing here", differs, undefined, record({ isPromise: true }), "missing-here");
test("money that we do not know is missing here", differs, undefined, record({ captured: 1n }), "missing-here");
test("an attempt of which nothing came is nothing to us", differs, undefined, record(), undefined);
test("a promise that the provider does not know is missing there", differs, promised, undefined, "missing-there");
test("another amount taken differs", differs, captured, record({ captured: 99n }), "amount-differs");
test(
  "a refund that we do not know differs",
  differs,
  captured,
  record({ captured: 100n, refunded: 1n }),
  "amount-differs",
);
test("a promise that has gone there differs", differs, promised, record(), "state-differs");
test(
  "a promise that goes on there differs",
  differs,
  book({ state: "voided" }),
  record({ isPromise: true }),
  "state-differs",
);
test("what is on its way is undecided", differs, capturing, record({ captured: 100n }), "undecided");
test("what is unknown is undecided", differs, book({ state: "unknown" }), record({ isPromise: true }), "undecided");
test(
  "a second promise of a payment is missing here",
  differs,
  promised,
  record({ reference: "pi_2", isPromise: true }),
  "missing-here",
);

test("what has just changed is undecided", (t) => {
  t.is(compare(promised, record(), SETTLE_MS - 1), "undecided");
});

test("how a payment stands is told in the same words on both sides, in money", (t) => {
  const found = compare(captured, record({ captured: 100n, refunded: 30n }), nowMs);
  t.like(found, {
    here: "nothing promised, EUR 1.00 taken, EUR 0.00 given back (captured)",
    there: "nothing promised, EUR 1.00 taken, EUR 0.30 given back",
  });
  t.like(compare(captured, record({ reference: "pi_2", captured: 100n }), nowMs), {
    here: "under the name pi_1: nothing promised, EUR 1.00 taken, EUR 0.00 given back (captured)",
    there: "nothing promised, EUR 1.00 taken, EUR 0.00 given back",
  });
  t.like(compare(undefined, record({ isPromise: true }), nowMs), {
    here: "",
    there: "EUR 1.00 promised, EUR 0.00 taken, EUR 0.00 given back",
  });
});
