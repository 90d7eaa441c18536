import { DomainError, money, splitByWeights } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { deliver, plan, ship } from "../src/fulfilment.ts";
import { confirm, place, placeQuote } from "../src/group.ts";
import type { Order } from "../src/order.ts";
import { buildQuote } from "../src/quote.ts";
import { beginRefund, planRefund, type RefundWish, refundable, restsOf, settleRefund } from "../src/refunding.ts";
import { choice, eur, nowMs, offer, placement, quoteInput } from "./fixtures.ts";

const nothing: RefundWish = { lines: [], shipping: undefined, goodwill: undefined };

test("a refund splits what remains on each line, so that N refunds add up exactly: any sequence of partial refunds, per line and in tax", (t) => {
  fc.assert(
    fc.property(anOrder, fc.array(anyWish, { maxLength: 25 }), (order, wishes) => {
      const end = [...wishes, everything].reduce(refundWhatFits, order);
      const paid = (of: "amount" | "tax" | "platformShare", lineId: string) =>
        (end.refunds ?? [])
          .flatMap(({ parts }) => parts.filter((part) => part.lineId === lineId))
          .reduce((sum, part) => sum + (part[of]?.minorUnits ?? 0n), 0n);
      const isExact = order.lines.every(
        ({ id, total, tax, platformDiscount }) =>
          paid("amount", id) === total.minorUnits &&
          paid("tax", id) === tax.amount.minorUnits &&
          paid("platformShare", id) === platformDiscount?.minorUnits,
      );
      return (
        isExact &&
        paid("amount", "") === order.shipping.price.minorUnits &&
        paid("tax", "") === order.shipping.tax.amount.minorUnits &&
        end.refunded.minorUnits === order.totals.total.minorUnits &&
        end.paymentState === "refunded"
      );
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("no part of a refund is negative, and none is more than was left", (t) => {
  fc.assert(
    fc.property(anOrder, fc.array(anyWish, { maxLength: 25 }), (order, wishes) => {
      const end = wishes.reduce(refundWhatFits, order);
      const isSound = [...restsOf(end), ...(end.refunds ?? []).flatMap(({ parts }) => parts)].every(
        ({ amount, tax, quantity, platformShare = money("EUR", 0n) }) =>
          quantity >= 0 &&
          tax.minorUnits >= 0n &&
          amount.minorUnits >= 0n &&
          platformShare.minorUnits >= 0n &&
          // Rounded for itself, either may be a cent off.
          tax.minorUnits <= amount.minorUnits + platformShare.minorUnits + 1n,
      );
      return isSound && refundable(end).minorUnits >= 0n;
    }),
  );
  t.pass();
});

test("a refund reverses tax pro rata, rounded once, half-up", (t) => {
  const order = bought();
  // 19.98 with 19 % in it: 3.19 of tax; half of it takes 1.60.
  const [part] = planRefund(order, { ...nothing, lines: [{ lineId: lineOf(order), quantity: 1 }] });
  t.deepEqual([part?.amount.minorUnits, part?.tax.minorUnits], [999n, 160n]);
  const [rest] = restsOf(begin(order, { ...nothing, lines: [{ lineId: lineOf(order), quantity: 1 }] }));
  t.deepEqual([rest?.quantity, rest?.amount.minorUnits, rest?.tax.minorUnits], [1, 999n, 159n]);
});

test("what is lowered without goods is taken from what a piece still costs", (t) => {
  const order = begin(bought(), { ...nothing, lines: [{ lineId: lineOf(bought()), amount: eur(198) }] });
  const [part] = planRefund(order, { ...nothing, lines: [{ lineId: lineOf(order), quantity: 1 }] });
  t.is(part?.amount.minorUnits, 900n);
});

test("goodwill is spread over what remains of the lines and the delivery by largest remainder", (t) => {
  const order = bought();
  const parts = planRefund(order, { ...nothing, goodwill: eur(100) });
  const weights = restsOf(order).map(({ amount }) => amount.minorUnits);
  t.deepEqual(
    parts.map(({ amount }) => amount.minorUnits),
    splitByWeights(100n, weights),
  );
});

test("Σ refunds ≤ captured: what is on its way back counts, and nothing more is promised", (t) => {
  const order = begin(bought(), { ...nothing, goodwill: eur(2_000) });
  t.is(refundable(order).minorUnits, order.captured.minorUnits - 2_000n);
  t.is(
    reasonOf(t, () => begin(order, { ...nothing, goodwill: eur(289) }, "f2")),
    "REFUND_TOO_LARGE",
  );
  const halfCaptured = { ...bought(), captured: eur(100) };
  t.is(
    reasonOf(t, () => begin(halfCaptured, { ...nothing, goodwill: eur(101) })),
    "REFUND_TOO_LARGE",
  );
  t.is(
    reasonOf(t, () => begin({ ...bought(), captured: eur(0) }, { ...nothing, goodwill: eur(1) })),
    "REFUND_TOO_LARGE",
  );
});

test("never across currencies, never of a line that is not there, never more pieces than are left, never nothing", (t) => {
  const order = bought();
  t.is(
    reasonOf(t, () => planRefund(order, { ...nothing, goodwill: money("USD", 1n) })),
    "CURRENCY_MISMATCH",
  );
  t.is(
    reasonOf(t, () => planRefund(order, { ...nothing, lines: [{ lineId: "x", quantity: 1 }] })),
    "ORDER_LINE_NOT_FOUND",
  );
  const three = { ...nothing, lines: [{ lineId: lineOf(order), quantity: 3 }] };
  t.is(
    reasonOf(t, () => planRefund(order, three)),
    "REFUND_QUANTITY",
  );
  t.is(
    reasonOf(t, () => begin(order, nothing)),
    "REFUND_EMPTY",
  );
});

test("a refund is begun once and counted once", (t) => {
  const order = begin(bought(), { ...nothing, shipping: "all" });
  t.is(begin(order, { ...nothing, goodwill: eur(1) }, "f1"), order);
  const settled = settleRefund(order, "f1", nowMs);
  t.like(settled, { paymentState: "partially-refunded", refunded: order.shipping.price });
  t.is(settleRefund(settled, "f1", nowMs + 1), settled);
});

const anOrder = fc
  .record({
    cents: fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 }),
    quantities: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
    shipping: fc.integer({ min: 0, max: 2_000 }),
    country: fc.constantFrom("DE", "FI", "US"),
    platformPercent: fc.integer({ min: 0, max: 90 }),
  })
  .map(({ cents, quantities, shipping, country, platformPercent }) => {
    const input = quoteInput();
    return buy({
      ...input,
      address: { ...input.address, countryCode: country },
      items: cents.map((_, index) => ({ sku: `S${index}`, quantity: quantities[index] ?? 1 })),
      offers: cents.map((price, index) => offer(`S${index}`, "s1", price)),
      choices: new Map([["s1", [choice("std", shipping)]]]),
      discounts: cents.map((price, index) => {
        const amount = eur(Math.floor((price * (quantities[index] ?? 1) * platformPercent) / 100));
        return { sku: `S${index}`, promotionId: "p", label: "From us", amount, platformAmount: amount };
      }),
    });
  });

/** What one may wish of whatever is left: a share of it in thousandths, or pieces. */
const anyWish = fc.record({
  line: fc.nat({ max: 5 }),
  kind: fc.constantFrom("pieces", "amount", "shipping", "goodwill"),
  thousandths: fc.integer({ min: 1, max: 1_000 }),
});
type AnyWish = { readonly line: number; readonly kind: string; readonly thousandths: number };
// All pieces, not all money: of pieces that have been paid back in full the marketplace may have something left to take back.
const everything: AnyWish = { line: 0, kind: "everything", thousandths: 1_000 };

let refunds = 0;

function refundWhatFits(order: Order, { line, kind, thousandths }: AnyWish): Order {
  const rests = restsOf(order);
  const share = (minorUnits: bigint) => money("EUR", (minorUnits * BigInt(thousandths) + 999n) / 1_000n);
  const rest = rests[line % (rests.length - 1)];
  const wish = {
    pieces: {
      ...nothing,
      lines: [{ lineId: rest?.lineId ?? "", quantity: Math.ceil(((rest?.quantity ?? 0) * thousandths) / 1_000) }],
    },
    amount: { ...nothing, lines: [{ lineId: rest?.lineId ?? "", amount: share(rest?.amount.minorUnits ?? 0n) }] },
    shipping: { ...nothing, shipping: share(rests.at(-1)?.amount.minorUnits ?? 0n) },
    goodwill: { ...nothing, goodwill: share(rests.reduce((sum, { amount }) => sum + amount.minorUnits, 0n)) },
    everything: {
      ...nothing,
      lines: rests.filter(({ quantity }) => quantity > 0).map(({ lineId, quantity }) => ({ lineId, quantity })),
      shipping: "all" as const,
    },
  }[kind];
  const parts = planRefund(order, wish ?? nothing);
  if (parts.length === 0)
    return { ...order, paymentState: order.refunded.minorUnits > 0n ? order.paymentState : "captured" };
  const id = `f${++refunds}`;
  return settleRefund(beginRefund(order, parts, { id, returnId: "", reason: "GOODWILL", note: "" }, nowMs), id, nowMs);
}

function bought(): Order {
  return buy(quoteInput());
}

function buy(input: ReturnType<typeof quoteInput>): Order {
  const quote = buildQuote(input);
  const [first] = confirm(place(placeQuote(quote, placement(quote)), nowMs), nowMs).orders;
  if (first === undefined) throw new Error("the fixture has no order");
  return deliver(ship(plan(first, nowMs), nowMs), nowMs);
}

function begin(order: Order, wish: RefundWish, id = "f1"): Order {
  return beginRefund(order, planRefund(order, wish), { id, returnId: "", reason: "GOODWILL", note: "" }, nowMs);
}

function lineOf(order: Order): string {
  return order.lines[0]?.id ?? "";
}

function reasonOf(t: ExecutionContext, work: () => unknown): string {
  return t.throws(work, { instanceOf: DomainError })?.reason ?? "";
}
