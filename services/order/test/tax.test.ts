import { money } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import type { Address } from "../src/quote.ts";
import { buildQuote } from "../src/quote.ts";
import { DELIVERY, ratesAt, taxOn } from "../src/tax.ts";
import { address, choice, eur, offer, quoteInput, taxRate } from "./fixtures.ts";

const german = [taxRate("DE", 1900), taxRate("DE", 700, { category: "books" })];
const onTop = { isInclusive: false, marketplaceCollects: true } as const;
const american = [
  taxRate("US", 725, { region: "CA", ...onTop }),
  taxRate("US", 0, { region: "CA", category: DELIVERY, ...onTop }),
  taxRate("US", 225, { region: "CA", postalPrefix: "900", jurisdiction: "US-CA-LOS ANGELES", ...onTop }),
  taxRate("US", 0, { region: "CA", postalPrefix: "900", category: DELIVERY, ...onTop }),
];
const losAngeles: Address = { ...address, countryCode: "US", region: "CA", postalCode: "90012" };

test("inclusive price: net = round(gross / (1 + rate)), tax = gross - net", (t) => {
  const { net, amount, rateBasisPoints, isInclusive } = taxOn(eur(999), ratesAt(german, address, ""), address);
  t.deepEqual([net, amount, rateBasisPoints, isInclusive], [eur(839), eur(160), 1900, true]);
});

test("a category with a rate of its own bears that, any other the standard", (t) => {
  t.deepEqual(
    ["books", "toys", DELIVERY].map((category) => ratesAt(german, address, category)[0]?.rateBasisPoints),
    [700, 1900, 1900],
  );
});

test("a postal prefix counts however it, or the address, is written", (t) => {
  const canadian = (postalPrefix: string) => [taxRate("CA", 500), taxRate("CA", 800, { region: "on", postalPrefix })];
  const ottawa = { ...address, countryCode: "CA", region: " ON" };
  for (const postalPrefix of ["K1A", "k1a", "K1A 0", "K1A-0B"])
    for (const postalCode of ["K1A 0B1", "k1a0b1", "K1A-0B1"])
      t.deepEqual(
        ratesAt(canadian(postalPrefix), { ...ottawa, postalCode }, "").map(({ rateBasisPoints }) => rateBasisPoints),
        [500, 800],
      );
  t.is(ratesAt(canadian("K1B"), { ...ottawa, postalCode: "K1A 0B1" }, "").length, 1);
});

test("exclusive price: per line, per jurisdiction, rounded per line", (t) => {
  const tax = taxOn(money("USD", 1005n), ratesAt(american, losAngeles, "toys"), losAngeles);
  t.deepEqual(
    tax.parts?.map(({ jurisdiction, amount }) => [jurisdiction, amount.minorUnits]),
    [
      ["US-CA", 73n],
      ["US-CA-LOS ANGELES", 23n],
    ],
  );
  t.like(tax, { isInclusive: false, rateBasisPoints: 950, jurisdiction: "US-CA" });
  t.is(tax.amount.minorUnits, 96n, "one rate of 9.5 % would have made 95");
});

test("in the US the marketplace collects, in Europe the seller owes", (t) => {
  t.true(taxOn(eur(1000), ratesAt(american, losAngeles, ""), losAngeles).marketplaceCollects);
  t.false(taxOn(eur(1000), ratesAt(german, address, ""), address).marketplaceCollects);
});

test("an export bears no tax", (t) => {
  const tax = taxOn(eur(999), ratesAt(german, { ...address, countryCode: "CH" }, ""), { countryCode: "CH" });
  t.like(tax, { amount: eur(0), net: eur(999), jurisdiction: "CH", parts: [] });
});

test("exclusive tax is added to what is paid, line by line, and a delivery that bears none costs no more", (t) => {
  const quote = buildQuote(quoteInput({ taxRates: american, address: losAngeles }));
  const [first] = quote.sellers;
  t.deepEqual(first?.lines[0]?.tax.amount, eur(145 + 45));
  t.deepEqual(first?.lines[0]?.total, eur(1998 + 190));
  t.deepEqual(first?.shipping.tax.amount, eur(0));
  t.deepEqual(first?.totals.total, eur(1998 + 190 + 290));
  t.deepEqual(first?.totals.tax, eur(190));
});

test("a seller's discount lowers the base of the tax, the marketplace's does not", (t) => {
  const discounted = (platformAmount: number) =>
    buildQuote(
      quoteInput({
        discounts: [
          { sku: "B", promotionId: "p", label: "10 %", amount: eur(250), platformAmount: eur(platformAmount) },
        ],
      }),
    ).sellers[1]?.lines[0];
  t.deepEqual(discounted(0)?.total, eur(2250));
  t.deepEqual(discounted(0)?.tax.amount, taxOn(eur(2250), german.slice(0, 1), address).amount);
  t.deepEqual(discounted(250)?.total, eur(2250));
  t.deepEqual(discounted(250)?.tax.amount, taxOn(eur(2500), german.slice(0, 1), address).amount);
  t.like(discounted(100), { sellerDiscount: eur(150), platformDiscount: eur(100) });
});

test("a seller's discount on the delivery lowers the base of its tax, the marketplace's does not", (t) => {
  const delivered = (platformAmount: number) => {
    const own = { sellerId: "s2", promotionId: "p", label: "free", amount: eur(490) };
    const shippingDiscounts = [{ ...own, platformAmount: eur(platformAmount) }];
    return buildQuote(quoteInput({ shippingDiscounts })).sellers[1];
  };
  const full = buildQuote(quoteInput()).sellers[1]?.shipping;
  t.deepEqual(delivered(0)?.shipping.tax.amount, eur(0));
  t.deepEqual(delivered(490)?.shipping.tax.amount, full?.tax.amount);
  t.like(delivered(100)?.shipping, { price: eur(0), discount: eur(490), sellerDiscount: eur(390) });
  t.deepEqual(delivered(0)?.totals.shipping, eur(0));
  t.deepEqual(delivered(0)?.totals.total, delivered(0)?.lines[0]?.total);
});

test("a gift card lowers no base: it is a tender, and no quote knows of it", (t) => {
  t.false("tenders" in buildQuote(quoteInput()));
});

test("the tax of the jurisdictions adds up to the line's, for any price and any rates", (t) => {
  const rates = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e8 }), rates, fc.boolean(), (cents, levied, isInclusive) => {
      const list = levied.map((rate, index) => taxRate("XX", rate, { region: `r${index}`, isInclusive }));
      const tax = taxOn(eur(cents), list, { countryCode: "XX" });
      const parts = tax.parts?.reduce((sum, { amount }) => sum + amount.minorUnits, 0n);
      const isWhole = !isInclusive || tax.net.minorUnits + tax.amount.minorUnits === BigInt(cents);
      return parts === tax.amount.minorUnits && isWhole && tax.amount.minorUnits >= 0n;
    }),
  );
  t.pass();
});

test("a line's total is what is paid for it, whoever bears its discount, for any price", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 100 }), (cents, percent) => {
      const off = Math.floor((cents * percent) / 100);
      const quote = buildQuote(
        quoteInput({
          items: [{ sku: "A", quantity: 1 }],
          offers: [offer("A", "s1", cents)],
          choices: new Map([["s1", [choice("std", 490)]]]),
          discounts: [{ sku: "A", promotionId: "p", label: "", amount: eur(off), platformAmount: eur(off) }],
          taxRates: american,
          address: losAngeles,
        }),
      );
      const line = quote.sellers[0]?.lines[0];
      const tax = line?.tax.amount.minorUnits ?? 0n;
      return (
        line?.total.minorUnits === BigInt(cents - off) + tax &&
        quote.totals.total.minorUnits === line.total.minorUnits + 490n
      );
    }),
  );
  t.pass();
});
