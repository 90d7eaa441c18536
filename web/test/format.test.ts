import test from "ava";
import { cheaper, formatMoney } from "../src/features/money/format.ts";

const shown = test.macro({
  exec: (t, minorUnits: bigint, currencyCode: string, expected: string) =>
    t.is(formatMoney({ minorUnits, currencyCode }, "en-IE").replaceAll(/\s/g, " "), expected),
  title: (_, minorUnits, currencyCode) =>
    `${minorUnits} minor units of ${currencyCode} are shown with their own digits`,
});

test(shown, 123_456n, "EUR", "€1,234.56");
test(shown, 5n, "EUR", "€0.05");
test(shown, -4_99n, "EUR", "-€4.99");
test(shown, 1_500n, "JPY", "JP¥1,500");
test(shown, 1_234n, "KWD", "KWD 1.234");
test(shown, 900_719_925_474_099_301n, "EUR", "€9,007,199,254,740,993.01");

test("the cheaper of two amounts is found, the first of equal ones", (t) => {
  const [dear, cheap] = [
    { currencyCode: "EUR", minorUnits: 2n },
    { currencyCode: "EUR", minorUnits: 1n },
  ];
  t.is(cheaper(dear, cheap), cheap);
  t.is(cheaper(cheap, { ...cheap }), cheap);
});
