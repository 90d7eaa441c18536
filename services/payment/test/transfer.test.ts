import test from "ava";
import fc from "fast-check";
import {
  type Book,
  capturable,
  capturedTotal,
  giftStandings,
  providerPart,
  providerStanding,
  succeeded,
  sumAmounts,
  type Transfer,
  transferIn,
} from "../src/book.ts";
import { balanced, movementsOf } from "../src/ledger.ts";
import { nextStates, providerShare } from "../src/payment.ts";
import { beginRefund } from "../src/refund.ts";
import { beginRelease } from "../src/release.ts";
import { splitOverGifts, sumParts } from "../src/tender.ts";
import { isLeftOver, isTaking, settle } from "../src/transfer.ts";
import { book, capture, done, gift, money, refused, takeRest } from "./books.ts";
import { type Deed, deed } from "./deeds.ts";

function perform(before: Book, wanted: Deed, step: number): Book {
  try {
    if (wanted.kind === "settle") {
      // The provider is not asked to give back of what it is still being asked to take.
      const asked = before.transfers.filter(
        ({ kind, moves }) => moves > 0n && !(kind === "release" && isTaking(before)),
      );
      const id = asked[wanted.index]?.id;
      return id === undefined ? before : settle(before, id, wanted.succeeds ? done : refused, step);
    }
    if (wanted.kind === "take") return takeRest(before, step);
    const wish = { id: String(step), amount: money(BigInt(wanted.minorUnits)) };
    if (wanted.kind === "release") return beginRelease(before, { ...wish, reason: "" }, step);
    if (wanted.kind === "capture") return capture(before, wish.id, wish.amount.minorUnits, { ...wanted, nowMs: step });
    const parts = { tax: money(BigInt(wanted.tax)), platformShare: money(BigInt(wanted.platformShare)) };
    return beginRefund(before, { ...wish, ...parts, reason: "" }, step);
  } catch (error) {
    if (error instanceof Error && error.name === "DomainError") return before;
    throw error;
  }
}

/** What the movements of all transfers that succeeded leave on each account. */
function accountsOf({ transfers }: Book): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  const movements = transfers
    .filter(({ state }) => state === "succeeded")
    .flatMap((done) => movementsOf(done, undefined));
  for (const { account, amount } of movements.map(balanced).flatMap(({ sides }) => sides)) {
    sums.set(account, (sums.get(account) ?? 0n) + amount.minorUnits);
  }
  return sums;
}

/** What of the captures that succeeded is booked, less what refunds took back. */
function bookedOf(book: Book, part: "tax" | "platformShare"): bigint {
  const sum = (transfers: readonly Transfer[]) => transfers.reduce((total, one) => total + one[part], 0n);
  return sum(succeeded(book, "capture")) - sum(succeeded(book, "refund"));
}

/** What must hold of a book after every step. */
function faults(before: Book, after: Book): readonly string[] {
  const { payment } = after;
  const captured = capturedTotal(after).minorUnits;
  const refunded = sumAmounts(succeeded(after, "refund"));
  const provider = providerStanding(after);
  const standings = giftStandings(after);
  const accounts = accountsOf(after);
  const onCards = standings.reduce((total, gift) => total + gift.refunded - gift.taken, 0n);
  const rules: Readonly<Record<string, boolean>> = {
    "along the table":
      before.payment.state === payment.state || nextStates[before.payment.state].includes(payment.state),
    "captured within taken": captured <= payment.taken.minorUnits,
    "taken within promised": payment.taken.minorUnits <= payment.amount.minorUnits,
    "refunded within captured": refunded <= captured && payment.refunded.minorUnits === refunded,
    "the provider within its promise": provider.captured <= provider.promised && provider.refunded <= provider.captured,
    "taken is the tenders' sum":
      payment.taken.minorUnits ===
      provider.captured -
        provider.refunded +
        succeeded(after, "refund").reduce((total, refund) => total + providerPart(refund), 0n) +
        standings.reduce((total, { taken }) => total + taken, 0n),
    "the books add up": [...accounts.values()].reduce((total, sum) => total + sum, 0n) === 0n,
    "sellers and the state are owed what was taken and not given back, and what the marketplace pays":
      (accounts.get("seller_payable") ?? 0n) + (accounts.get("tax_payable") ?? 0n) ===
      payment.taken.minorUnits - payment.refunded.minorUnits + bookedOf(after, "platformShare"),
    "the state is owed the tax of what was captured and not given back":
      (accounts.get("tax_payable") ?? 0n) === bookedOf(after, "tax"),
    "the marketplace pays its share of what was captured and not given back":
      -(accounts.get("platform_revenue") ?? 0n) === bookedOf(after, "platformShare"),
    "no more of either comes back than was booked":
      (accounts.get("tax_payable") ?? 0n) >= 0n && (accounts.get("platform_revenue") ?? 0n) <= 0n,
    "what is owed on gift cards is what was not redeemed": (accounts.get("gift_card_liability") ?? 0n) === onCards,
    "capturable is not negative": capturable(after) >= 0n,
    "gift cards within their part": standings.every(({ held, taken, refunded: returned }, index) => {
      const part = payment.gifts[index]?.minorUnits ?? 0n;
      return held >= 0n && taken >= 0n && held + taken <= part && returned <= taken;
    }),
  };
  return Object.keys(rules).filter((rule) => rules[rule] !== true);
}

test("whatever comes in whatever order, each tender gives no more than it promised and gets no more than it gave", (t) => {
  const gifts = fc.array(fc.bigInt({ min: 1n, max: 60n }), { maxLength: 2 });
  fc.assert(
    fc.property(fc.boolean(), gifts, fc.array(deed, { maxLength: 30 }), (isMulticapture, amounts, deeds) => {
      const sum = amounts.reduce((total, amount) => total + amount, 0n);
      let now = book({
        isMulticapture,
        amount: money(sum > 100n ? sum : 100n),
        provider: sum >= 100n ? "" : "stripe",
        gifts: amounts.map((amount, index) => gift(`card${index}`, amount)),
      });
      for (const [step, wanted] of deeds.entries()) {
        const after = perform(now, wanted, step);
        const wrong = faults(now, after);
        if (wrong.length > 0) throw new Error(`step ${step} (${wanted.kind}): ${wrong.join(", ")}`);
        now = after;
      }
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});

test("however an amount is split over gift cards, the parts add up and none exceeds its rest", (t) => {
  const rests = fc.array(fc.bigInt({ min: 0n, max: 50n }), { maxLength: 4 });
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 300n }), rests, (amount, given) => {
      const parts = given.map((rest, index) => ({ giftCardId: String(index), minorUnits: rest }));
      const { gifts, provider } = splitOverGifts(amount, parts);
      const isWithin = gifts.every((part) => part.minorUnits <= (given[Number(part.giftCardId)] ?? 0n));
      return (
        sumParts(gifts) + provider === amount && isWithin && (provider === 0n || sumParts(gifts) === sumParts(parts))
      );
    }),
  );
  t.pass();
});

test("refunds of a split payment add up exactly, gift cards first", (t) => {
  const shares = fc.array(fc.bigInt({ min: 1n, max: 30n }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(shares, fc.bigInt({ min: 1n, max: 99n }), (amounts, onCard) => {
      let now = book({ gifts: [gift("card", onCard)] });
      now = settle(capture(now, "all", 100n, { isFinal: true }), "all", done, 0);
      let rest = 100n;
      for (const [index, amount] of [...amounts, 100n].entries()) {
        const wanted = amount < rest ? amount : rest;
        if (wanted === 0n) break;
        const id = `refund${index}`;
        now = settle(
          beginRefund(now, { id, amount: money(wanted), tax: undefined, platformShare: undefined, reason: "" }, 0),
          id,
          done,
          0,
        );
        rest -= wanted;
        const returned = 100n - rest;
        const [standing] = giftStandings(now);
        if (standing?.refunded !== (returned < onCard ? returned : onCard)) return false;
      }
      return now.payment.state === (rest === 0n ? "refunded" : "partially-refunded");
    }),
  );
  t.pass();
});

test("a capture takes gift cards first, a refund goes back to them first", (t) => {
  const begun = book({ gifts: [gift("card", 40n)] });
  const first = capture(begun, "1", 30n);
  t.like(transferIn(first, "1"), { state: "succeeded", moves: 0n, gifts: [{ giftCardId: "card", minorUnits: 30n }] });
  const second = settle(capture(first, "2", 50n), "2", done, 1);
  t.like(transferIn(second, "2"), { moves: 40n, gifts: [{ giftCardId: "card", minorUnits: 10n }] });
  const refunded = beginRefund(
    second,
    { id: "3", amount: money(45n), tax: undefined, platformShare: undefined, reason: "" },
    2,
  );
  t.like(transferIn(refunded, "3"), { moves: 5n, gifts: [{ giftCardId: "card", minorUnits: 40n }] });
});

test("a card that is taken whole leaves out what was released before", (t) => {
  const released = beginRelease(book({ isMulticapture: false }), { id: "r", amount: money(25n), reason: "" }, 0);
  t.is(transferIn(released, "r").state, "succeeded");
  t.is(transferIn(capture(released, "1", 40n), "1").moves, 75n);
});

test("what was taken and never ships goes back to the card, and is no refund", (t) => {
  const taken = settle(capture(book({ isMulticapture: false }), "1", 40n), "1", done, 0);
  const released = beginRelease(taken, { id: "r", amount: money(60n), reason: "" }, 1);
  t.like(transferIn(released, "r"), { state: "pending", moves: 60n });
  const after = settle(released, "r", done, 2).payment;
  t.like(after, { state: "captured", taken: money(40n), refunded: money(0n) });
});

test("the last capture gives back what was taken beyond the captures", (t) => {
  const taken = settle(capture(book({ isMulticapture: false }), "1", 40n), "1", done, 0);
  const last = capture(taken, "2", 10n, { isFinal: true, nowMs: 1 });
  t.like(last.transfers.at(-1), { kind: "release", state: "pending", moves: 50n });
});

test("a release waits for the capture that takes the whole, and gives nothing back where that was refused", (t) => {
  const pending = capture(book({ isMulticapture: false }), "1", 40n);
  const released = beginRelease(pending, { id: "r", amount: money(60n), reason: "" }, 0);
  t.like(transferIn(released, "r"), { state: "pending", moves: 60n });
  t.like(transferIn(settle(released, "1", refused, 1), "r"), { state: "succeeded", moves: 0n });
});

test("a release of all that was promised voids the payment", (t) => {
  const { payment } = beginRelease(book(), { id: "r", amount: money(100n), reason: "ORDER_CANCELLED" }, 0);
  t.is(payment.voidReason, "ORDER_CANCELLED");
});

test("a release of the rest lets a gift card go, and leaves the provider's promise to be given up", (t) => {
  const part = settle(capture(book({ gifts: [gift("card", 80n)] }), "1", 30n), "1", done, 0);
  const after = beginRelease(part, { id: "r", amount: money(70n), reason: "" }, 1);
  t.like(giftStandings(after)[0], { held: 0n, taken: 30n });
  t.true(isLeftOver(after));
});

test("what is let go first is the provider's promise", (t) => {
  const after = beginRelease(book({ gifts: [gift("card", 80n)] }), { id: "r", amount: money(30n), reason: "" }, 0);
  t.like(giftStandings(after)[0], { held: 70n });
  t.is(providerShare(after.payment), 20n);
});

test("a failed capture is begun anew under another of the provider's keys, one that is under way is not", (t) => {
  const begun = capture(book(), "1", 40n);
  t.is(capture(begun, "1", 40n), begun);
  const failed = settle(begun, "1", refused, 1);
  t.like(transferIn(capture(failed, "1", 40n, { nowMs: 2 }), "1"), { state: "pending", attempt: 2 });
});

test("a last capture that is refused gives up nothing: it may be asked for again, and another before it", (t) => {
  const part = settle(capture(book({ gifts: [gift("card", 10n)] }), "1", 40n), "1", done, 0);
  const refusal = settle(capture(part, "2", 50n, { isFinal: true, nowMs: 1 }), "2", refused, 2);
  t.false(isLeftOver(refusal));
  t.is(capturable(refusal), 60n);
  const other = settle(capture(refusal, "3", 10n, { nowMs: 3 }), "3", done, 3);
  const again = settle(capture(other, "2", 50n, { isFinal: true, nowMs: 4 }), "2", done, 5);
  t.like(again.payment, { state: "captured", taken: money(100n) });
});

test("the last capture gives up the rest only once no other is out", (t) => {
  const last = capture(capture(book(), "1", 40n), "2", 10n, { isFinal: true });
  t.false(last.transfers.at(-1)?.isFinal);
  const settled = settle(settle(last, "1", done, 1), "2", done, 1);
  t.true(isLeftOver(settled));
});

test("gift cards that pay all need no provider", (t) => {
  const paid = book({ provider: "", gifts: [gift("card", 100n)] });
  const taken = capture(paid, "1", 60n, { isFinal: true });
  t.like(taken.payment, { state: "captured", taken: money(60n) });
  t.like(giftStandings(taken)[0], { held: 0n, taken: 60n });
});
