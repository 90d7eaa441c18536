import { money } from "@shopmesh/kernel";
import test from "ava";
import { type Cart, newCart } from "../src/cart.ts";
import type { Evaluation, Offer, Reading } from "../src/offer.ts";
import { type LineProblem, priceCart } from "../src/pricing.ts";

const eur = (minorUnits: bigint) => money("EUR", minorUnits);

function offer(sku: string, minorUnits: bigint, isSellable = true): Offer {
  return {
    sku,
    title: sku,
    optionTitle: "",
    productId: "p",
    sellerId: "s",
    sellerName: "Seller",
    productVersion: 1n,
    categoryId: "c",
    unitPrice: eur(minorUnits),
    pictureUrl: "",
    weightGrams: 100,
    isSellable,
  };
}

function cart(items: Cart["items"], couponCode = ""): Cart {
  return { ...newCart("c1", { customerId: undefined, guestTokenHash: "h" }, 0), items, couponCode };
}

function evaluation(discounts: Evaluation["discounts"]): Evaluation {
  return { discounts, promotions: [], couponProblem: "", dependsOnDelivery: false };
}

function reading(overrides: Partial<Reading> = {}): Reading {
  return {
    offers: new Map([
      ["A", offer("A", 999n)],
      ["B", offer("B", 100n)],
      ["OLD", offer("OLD", 5n, false)],
    ]),
    available: new Map([
      ["A", 3],
      ["B", 0],
      ["OLD", 9],
    ]),
    evaluation: evaluation([]),
    isOverloaded: false,
    ...overrides,
  };
}

test("a total is the lines less the discounts", (t) => {
  const discount = { sku: "A", promotionId: "p", label: "10 %", promotionClass: "order", couponCode: "TEN" } as const;
  const shares = { amount: eur(300n), sellerAmount: eur(300n), platformAmount: eur(0n) };
  const priced = priceCart(
    cart([
      { sku: "A", quantity: 3 },
      { sku: "B", quantity: 2 },
    ]),
    reading({ evaluation: evaluation([{ ...discount, ...shares }]) }),
    "EUR",
  );
  t.deepEqual(priced.totals, { subtotal: eur(3197n), discount: eur(300n), total: eur(2897n) });
  t.is(priced.itemCount, 5);
  t.deepEqual(priced.lines[0]?.price, { unit: eur(999n), line: eur(2997n) });
});

type Case = [{ sku: string; quantity: number }, Partial<Reading>, readonly LineProblem[]];

const problems = test.macro<Case>({
  exec: (t, item, given, expected) =>
    t.deepEqual(priceCart(cart([item]), reading(given), "EUR").lines[0]?.problems, expected),
  title: (_, item, given, expected) => {
    const without = Object.keys(given).map((name) => ` without ${name}`);
    return `${item.quantity} of ${item.sku}${without.join("")}: ${expected.join(", ") || "no problem"}`;
  },
});
test(problems, { sku: "A", quantity: 3 }, {}, []);
test(problems, { sku: "A", quantity: 4 }, {}, ["insufficient-stock"]);
test(problems, { sku: "B", quantity: 1 }, {}, ["out-of-stock"]);
test(problems, { sku: "OLD", quantity: 1 }, {}, ["unsellable"]);
test(problems, { sku: "GONE", quantity: 1 }, {}, ["unsellable"]);
test(problems, { sku: "A", quantity: 4 }, { available: undefined }, []);
test(problems, { sku: "A", quantity: 4 }, { offers: undefined }, ["price-unknown", "insufficient-stock"]);

test("an offer that is gone costs nothing and is named", (t) => {
  const { lines, totals } = priceCart(
    cart([
      { sku: "OLD", quantity: 1 },
      { sku: "B", quantity: 1 },
    ]),
    reading(),
    "EUR",
  );
  t.is(lines[0]?.price, undefined);
  t.is(lines[0]?.offer?.title, "OLD");
  t.deepEqual(totals?.total, eur(100n));
});

test("there is no sum while a price is unknown", (t) => {
  const priced = priceCart(
    cart([{ sku: "A", quantity: 1 }]),
    reading({ offers: undefined, evaluation: undefined }),
    "EUR",
  );
  t.is(priced.totals, undefined);
});

test("a coupon that cannot be tried says so", (t) => {
  const away = reading({ evaluation: undefined });
  t.is(priceCart(cart([], "SAVE"), away, "EUR").couponProblem, "COUPON_NOT_EVALUATED");
  t.is(priceCart(cart([]), away, "EUR").couponProblem, "");
});

test("an empty cart costs nothing, in the shop's currency", (t) => {
  const yen = money("JPY", 0n);
  t.deepEqual(priceCart(cart([]), reading(), "JPY").totals, {
    subtotal: yen,
    discount: yen,
    total: yen,
  });
});
