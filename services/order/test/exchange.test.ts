import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { type ExchangeState, moveExchange, nextExchangeStates } from "../src/exchange.ts";
import { beginCreditBack, concludeInspection, creditOwed, placeReplacement } from "../src/exchanging.ts";
import { confirm, place, placeQuote } from "../src/group.ts";
import type { Order } from "../src/order.ts";
import { buildQuote } from "../src/quote.ts";
import { restsOf } from "../src/refunding.ts";
import { priceReplacement } from "../src/replacement.ts";
import { changeReturn, requestReturn, returnIn } from "../src/returning.ts";
import { withTax } from "../src/tax.ts";
import { address, choice, nowMs, offer, placement, quoteInput, taxRate } from "./fixtures.ts";

const states = Object.keys(nextExchangeStates) as ExchangeState[];
const moves = test.macro({
  exec: (t: ExecutionContext, from: ExchangeState, to: ExchangeState) => {
    const exchange = { ...exchangeOf(delivered([{ cents: 999, quantity: 1 }], true), 999, true), state: from };
    t.is(moveExchange(exchange, to).state, nextExchangeStates[from].includes(to) ? to : from);
  },
  title: (_, from, to) => `an exchange ${from} ${nextExchangeStates[from].includes(to) ? "->" : "-/->"} ${to}`,
});
for (const from of states) for (const to of states) if (from !== to) test(moves, from, to);

test("an exchange splits what the goods are worth exactly: what pays for the replacement and what is refunded add up, and so do credit and charge, for any prices", (t) => {
  const goods = fc.array(
    fc.record({ cents: fc.integer({ min: 0, max: 1e5 }), quantity: fc.integer({ min: 1, max: 5 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(goods, fc.integer({ min: 0, max: 2e5 }), fc.boolean(), (bought, cents, isInclusive) => {
      const order = delivered(bought, isInclusive);
      const exchange = exchangeOf(order, cents, isInclusive);
      const worth = sum(order.lines.map(({ total }) => total.minorUnits));
      const full = withTax(exchange.lines[0]?.subtotal ?? order.totals.total, fullTax(cents, isInclusive)).minorUnits;
      const inspected = inspect(order, exchange);
      const refunded = sum((inspected.refunds ?? []).map(({ amount }) => amount.minorUnits));
      const line = exchange.lines[0];
      return (
        exchange.credit.minorUnits + exchange.totals.total.minorUnits === full &&
        exchange.credit.minorUnits + refunded === worth &&
        line !== undefined &&
        line.total.minorUnits ===
          line.subtotal.minorUnits - line.discount.minorUnits + (isInclusive ? 0n : line.tax.amount.minorUnits) &&
        line.tax.amount.minorUnits + line.tax.net.minorUnits === line.total.minorUnits &&
        restsOf(inspected).every(({ amount, lineId }) => lineId === "" || amount.minorUnits === 0n)
      );
    }),
  );
  t.pass();
});

test("N refunds add up exactly: what a replacement that goes back piece by piece is paid back comes to its credit, tax and all", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e5 }), fc.integer({ min: 2, max: 7 }), (cents, quantity) => {
      const order = delivered([{ cents, quantity }], true);
      const exchange = exchangeOf(order, cents, true, quantity);
      const inspected = inspect(order, exchange);
      const group = { ...placeQuote(quoteOf([], true), placement(quoteOf([], true))).group };
      const [replacement] = placeReplacement(group, inspected, returnIn(inspected, "return"), exchange, nowMs).orders;
      if (replacement === undefined) return false;
      let present = inspected;
      for (let back = 1; back <= quantity; back += 1)
        present = beginCreditBack(
          present,
          { returnId: "return", refundId: `r${back}` },
          goneBack(replacement, back),
          nowMs,
        );
      const refunds = present.refunds ?? [];
      return (
        sum(refunds.map(({ amount }) => amount.minorUnits)) === order.lines[0]?.total.minorUnits &&
        sum(refunds.map(({ tax }) => tax.minorUnits)) === order.lines[0]?.tax.amount.minorUnits &&
        creditOwed(goneBack(replacement, quantity)).minorUnits === exchange.credit.minorUnits
      );
    }),
  );
  t.pass();
});

type Bought = { readonly cents: number; readonly quantity: number };

function quoteOf(bought: readonly Bought[], isInclusive: boolean) {
  const all = bought.length === 0 ? [{ cents: 1, quantity: 1 }] : bought;
  return buildQuote(
    quoteInput({
      items: all.map(({ quantity }, index) => ({ sku: `S${index}`, quantity })),
      offers: all.map(({ cents }, index) => offer(`S${index}`, "s1", cents)),
      choices: new Map([["s1", [choice("std", 490)]]]),
      taxRates: [taxRate("DE", 1925, { isInclusive })],
    }),
  );
}

/** An order that arrived and was paid for. */
function delivered(bought: readonly Bought[], isInclusive: boolean): Order {
  const quote = quoteOf(bought, isInclusive);
  const [order] = confirm(place(placeQuote(quote, placement(quote)), nowMs), nowMs).orders;
  if (order === undefined) throw new Error("the quote made no order");
  const { total } = order.totals;
  return { ...order, state: "completed", fulfilmentState: "delivered", completeMs: nowMs, captured: total };
}

/** All of an order for one thing of another kind, or, with a quantity, for as many of the same. */
function exchangeOf(order: Order, cents: number, isInclusive: boolean, quantity?: number) {
  const sku = quantity === undefined ? "N" : "S0";
  const price = priceReplacement(order, {
    returned: order.lines.map((line) => ({ lineId: line.id, quantity: line.quantity })),
    wanted: [{ sku, quantity: quantity ?? 1 }],
    offers: [offer(sku, "s1", cents)],
    taxRates: [taxRate("DE", 1925, { isInclusive })],
    address,
    newId: () => "new-line",
  });
  const ids = { groupId: "g2", orderId: "o2", orderNumber: "E1", paymentId: "p2", guestTokenHash: "" };
  return { state: "wanted" as const, ...price, ...ids, tenders: [], returnUrl: "" };
}

/** The order whose goods all came back and were accepted. */
function inspect(order: Order, exchange: ReturnType<typeof exchangeOf>): Order {
  const wishes = order.lines.map(({ id, quantity }) => ({ lineId: id, quantity, reason: "changed-mind" as const }));
  const asked = requestReturn(order, wishes, { id: "return", note: "" }, nowMs);
  const inspected = changeReturn(
    asked,
    "return",
    (one) => ({
      ...one,
      exchange,
      state: "inspected",
      lines: one.lines.map((line) => ({ ...line, received: line.quantity, resellable: line.quantity })),
    }),
    nowMs,
  );
  return concludeInspection(inspected, "return", false, nowMs);
}

/** A replacement of which so many pieces came back and were accepted. */
function goneBack(replacement: Order, count: number): Order {
  const line = replacement.lines[0];
  if (line === undefined) throw new Error("it has no line");
  const arrived = {
    ...replacement,
    fulfilmentState: "delivered" as const,
    state: "completed" as const,
    completeMs: nowMs,
  };
  const wishes = [{ lineId: line.id, quantity: count, reason: "defective" as const }];
  return changeReturn(
    requestReturn(arrived, wishes, { id: "back", note: "" }, nowMs),
    "back",
    (one) => ({ ...one, lines: one.lines.map((part) => ({ ...part, received: count, resellable: count })) }),
    nowMs,
  );
}

function fullTax(cents: number, isInclusive: boolean) {
  const quote = quoteOf([{ cents, quantity: 1 }], isInclusive);
  const tax = quote.sellers[0]?.lines[0]?.tax;
  if (tax === undefined) throw new Error("it has no line");
  return tax;
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((all, amount) => all + amount, 0n);
}
