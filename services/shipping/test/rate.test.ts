import test from "ava";
import { carrierOptions, flatOptions, priceOf, serviceOf, services } from "../src/rate.ts";

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

test("a service that is not offered is left out of a carrier's rates", (t) => {
  const rates = [
    { serviceType: "FEDEX_FREIGHT", price: priceOf("EUR", 1), deliverMs: undefined },
    { serviceType: "FEDEX_GROUND", price: priceOf("EUR", 9), deliverMs: 5 },
  ];
  t.deepEqual(
    carrierOptions(rates, 0).map(({ id }) => id),
    ["fedex-ground"],
  );
});

test("a flat rate grows with the weight and the way", (t) => {
  const standard = (weightGrams: number, isAbroad: boolean) =>
    flatOptions({ weightGrams, isAbroad, currencyCode: "EUR", nowMs: 0 })[0]?.price.minorUnits;
  t.deepEqual(
    [standard(1, false), standard(1_000, false), standard(1_001, false), standard(1, true)],
    [800n, 800n, 900n, 2_000n],
  );
});

test("a currency without a flat rate is not served", (t) => {
  t.like(
    t.throws(() => flatOptions({ weightGrams: 1, isAbroad: false, currencyCode: "JPY", nowMs: 0 })),
    {
      reason: "DESTINATION_NOT_SERVED",
    },
  );
});

test("every option that is offered can be sent", (t) => {
  const offered = [
    ...services.map(({ id }) => id),
    ...flatOptions({ weightGrams: 1, isAbroad: true, currencyCode: "EUR", nowMs: 0 }).map(({ id }) => id),
  ];
  for (const id of offered) t.is(serviceOf(id, true).carrier, "fedex");
  t.like(
    t.throws(() => serviceOf("pigeon", false)),
    { reason: "RATE_OPTION_NOT_FOUND" },
  );
});
