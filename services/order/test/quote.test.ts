import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import { buildQuote } from "../src/quote.ts";
import { choice, eur, offer, quoteInput } from "./fixtures.ts";

test("a quote has one part a seller, and its totals are their sums", (t) => {
  const quote = buildQuote(quoteInput());
  t.deepEqual(
    quote.sellers.map(({ sellerId }) => sellerId),
    ["s1", "s2"],
  );
  t.deepEqual(quote.totals.subtotal, eur(2 * 999 + 2500));
  t.deepEqual(quote.totals.shipping, eur(290 + 490));
  t.deepEqual(quote.totals.total, eur(2 * 999 + 2500 + 290 + 490));
});

test("without a choice the cheapest shipping is taken, with one that one", (t) => {
  t.is(buildQuote(quoteInput()).sellers[0]?.shipping.optionId, "slow");
  const wish = { optionIds: ["std"], bySeller: {} };
  t.is(buildQuote(quoteInput({ wish })).sellers[0]?.shipping.optionId, "std");
});

test("each seller's goods are sent as the buyer chose for that seller, whatever the others offer too", (t) => {
  const both = [choice("fast", 990), choice("std", 490)];
  const chosen = (bySeller: Readonly<Record<string, string>>, optionIds: readonly string[] = []) =>
    buildQuote(
      quoteInput({
        choices: new Map([
          ["s1", both],
          ["s2", both],
        ]),
        wish: { optionIds, bySeller },
      }),
    ).sellers.map(({ shipping }) => shipping.optionId);
  t.deepEqual(chosen({ s1: "fast" }), ["fast", "std"]);
  t.deepEqual(chosen({ s1: "std", s2: "fast" }), ["std", "fast"]);
  t.deepEqual(chosen({ s2: "std" }, ["fast"]), ["fast", "std"]);
  t.deepEqual(chosen({}, ["fast", "std"]), ["std", "std"]);
});

test("a way to send that another seller offers is refused for this one", (t) => {
  const wish = { optionIds: [], bySeller: { s2: "slow" } };
  const error = t.throws(() => buildQuote(quoteInput({ wish })), { instanceOf: DomainError });
  t.like(error, { reason: "SHIPPING_OPTION_UNKNOWN", metadata: { shipping_option_id: "slow", seller_id: "s2" } });
});

test("a shipping option that nobody offered is refused", (t) => {
  const error = t.throws(() => buildQuote(quoteInput({ wish: { optionIds: ["moon"], bySeller: {} } })), {
    instanceOf: DomainError,
  });
  t.like(error, { reason: "SHIPPING_OPTION_UNKNOWN", metadata: { shipping_option_id: "moon" } });
});

test("an empty cart cannot be quoted", (t) => {
  t.is(t.throws(() => buildQuote(quoteInput({ items: [] })), { instanceOf: DomainError }).reason, "CART_EMPTY");
});

test("what is no longer sold is named", (t) => {
  const error = t.throws(() => buildQuote(quoteInput({ offers: [offer("A", "s1", 999)] })), {
    instanceOf: DomainError,
  });
  t.like(error, { reason: "SKU_NOT_SELLABLE", metadata: { sku: "B" } });
});

test("total = subtotal - discount + shipping, and tax is the sum of the lines' and the shipping's, for any prices", (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e7 }),
      fc.integer({ min: 1, max: 99 }),
      fc.integer({ min: 0, max: 5000 }),
      (cents, quantity, shipping) => {
        const { totals, sellers } = buildQuote(
          quoteInput({
            items: [{ sku: "A", quantity }],
            offers: [offer("A", "s1", cents)],
            choices: new Map([["s1", [choice("std", shipping)]]]),
          }),
        );
        const taxes = sellers.flatMap((seller) => [...seller.lines.map(({ tax }) => tax), seller.shipping.tax]);
        return (
          totals.total.minorUnits ===
            totals.subtotal.minorUnits - totals.discount.minorUnits + totals.shipping.minorUnits &&
          totals.tax.minorUnits === taxes.reduce((sum, { amount }) => sum + amount.minorUnits, 0n) &&
          taxes.every(({ net, amount }) => net.minorUnits >= 0n && amount.minorUnits >= 0n)
        );
      },
    ),
  );
  t.pass();
});
