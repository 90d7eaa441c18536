import test from "ava";
import { fromStripeAmount, toStripeAmount } from "../src/effects/stripe/units.ts";

const unit = test.macro({
  exec(t, currencyCode: string, minorUnits: bigint, amount: number) {
    t.is(toStripeAmount({ currencyCode, minorUnits }), amount);
    t.deepEqual(fromStripeAmount(amount, currencyCode.toLowerCase()), { currencyCode, minorUnits });
  },
  title: (_, currency, minorUnits, amount) => `${currency} ${minorUnits} is ${amount} at Stripe`,
});
test(unit, "EUR", 1_299n, 1_299);
test(unit, "JPY", 500n, 500);
test(unit, "ISK", 500n, 50_000);
test(unit, "UGX", 500n, 50_000);
test(unit, "KWD", 1_230n, 1_230);
test(unit, "MGA", 500n, 5);

test("an amount that Stripe's unit cannot tell is refused", (t) => {
  t.like(
    t.throws(() => toStripeAmount({ currencyCode: "KWD", minorUnits: 1_234n })),
    {
      reason: "AMOUNT_NOT_CHARGEABLE",
      metadata: { currency: "KWD", minor_units: "1234" },
    },
  );
});
