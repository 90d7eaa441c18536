import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { fromPayPalMoney, toPayPalMoney } from "../src/effects/paypal/units.ts";

const written = test.macro({
  exec(t, currencyCode: string, minorUnits: bigint, value: string) {
    t.deepEqual(toPayPalMoney({ currencyCode, minorUnits }), { currencyCode, value });
    t.deepEqual(fromPayPalMoney({ currencyCode, value }), { currencyCode, minorUnits });
  },
  title: (_, currencyCode, minorUnits, value) => `${minorUnits} ${currencyCode} is "${value}" at PayPal`,
});
test(written, "EUR", 1n, "0.01");
test(written, "EUR", 1_234n, "12.34");
test(written, "JPY", 500n, "500");
test(written, "HUF", 123_400n, "1234");
test(written, "TWD", 100n, "1");

const unwritten = test.macro({
  exec(t, currencyCode: string, minorUnits: bigint) {
    const error = t.throws(() => toPayPalMoney({ currencyCode, minorUnits }), { instanceOf: DomainError });
    t.like(error, { kind: "invalid", reason: "AMOUNT_NOT_CHARGEABLE" });
  },
  title: (_, currencyCode, minorUnits) => `PayPal takes no decimals of ${currencyCode}: ${minorUnits} is refused`,
});
test(unwritten, "HUF", 123_450n);
test(unwritten, "TWD", 1n);
