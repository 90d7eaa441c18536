import { money } from "@shopmesh/kernel";
import test from "ava";
import fc from "fast-check";
import {
  addRates,
  candidates,
  MAX_PARCEL_GRAMS,
  priceOf,
  requireService,
  services,
  splitWeight,
  wishFor,
} from "../src/rate.ts";
import { defaultWorld, methodWish } from "../src/zone.ts";

const price = test.macro({
  exec(t, currencyCode: string, amount: number, minorUnits: bigint) {
    t.deepEqual(priceOf(currencyCode, amount), { currencyCode, minorUnits });
  },
  title: (_, currencyCode, amount, minorUnits) => `${currencyCode} ${amount} is ${minorUnits}`,
});
test(price, "EUR", 12.5, 1_250n);
test(price, "EUR", 0.07, 7n);
test(price, "EUR", 1_234, 123_400n);
test(price, "JPY", 1_500, 1_500n);
test(price, "KWD", 1.234, 1_234n);

test("every option that is offered can be sent, within a country and abroad", (t) => {
  const wishes = [
    ...services.map(({ id }) => wishFor(requireService(id))),
    ...defaultWorld.methods.filter(({ isFallback }) => isFallback).map(methodWish),
  ];
  for (const wish of wishes) {
    t.true(candidates(wish, true).length > 0);
    t.true(candidates(wish, false).length > 0);
  }
  t.like(
    t.throws(() => requireService("pigeon")),
    { reason: "RATE_OPTION_NOT_FOUND" },
  );
});

test("what is chosen is sent as chosen where it reaches, else by what takes no longer; then by the other carrier", (t) => {
  const ids = (id: string, isAbroad: boolean) =>
    candidates(wishFor(requireService(id)), isAbroad).map((found) => found.id);
  t.deepEqual(ids("fedex-ground", false), ["fedex-ground", "ups-ground"]);
  t.deepEqual(ids("fedex-ground", true), ["fedex-international-priority", "ups-worldwide-expedited"]);
  t.deepEqual(ids("fedex-priority-overnight", true), ["fedex-international-priority", "ups-worldwide-saver"]);
  t.deepEqual(ids("fedex-international-economy", false), ["fedex-ground", "ups-ground"]);
  t.deepEqual(ids("ups-next-day-air", false), ["ups-next-day-air", "fedex-standard-overnight"]);
});

test("the parcels of goods weigh what the goods weigh, and none more than a carrier takes", (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), (grams) => {
      const parts = [...splitWeight(grams)];
      const sum = parts.reduce((total, [weight, count]) => total + weight * count, 0);
      return sum === grams && parts.length <= 2 && parts.every(([weight]) => weight > 0 && weight <= MAX_PARCEL_GRAMS);
    }),
  );
  t.pass();
});

test("several parcels cost the sum of each, only by the services that take all", (t) => {
  const rate = (serviceType: string, minorUnits: bigint, deliverMs = 1) => ({
    serviceType,
    price: money("EUR", minorUnits),
    deliverMs,
  });
  const all = addRates([
    { rates: [rate("A", 10n), rate("B", 20n), rate("C", 30n, 9)], count: 2 },
    { rates: [rate("A", 1n, 5), rate("C", 2n)], count: 1 },
  ]);
  t.deepEqual(all, [rate("A", 21n, 5), rate("C", 62n, 9)]);
});
