import test from "ava";
import { balanced, captureMovements, refundMovements } from "../src/ledger.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

test("what is taken leaves the buyer's cash and is owed to sellers; the platform bears the fee", (t) => {
  t.deepEqual(captureMovements(eur(1_000n), eur(59n)), [
    {
      kind: "capture",
      sides: [
        { account: "buyer_cash", amount: eur(-1_000n) },
        { account: "seller_payable", amount: eur(1_000n) },
      ],
    },
    {
      kind: "fee",
      sides: [
        { account: "platform_revenue", amount: eur(-59n) },
        { account: "provider_fee", amount: eur(59n) },
      ],
    },
  ]);
});

test("a refund is a capture the other way round", (t) => {
  const [refund] = refundMovements(eur(1_000n));
  const [capture] = captureMovements(eur(1_000n), undefined);
  const signed = (movement: typeof refund) =>
    new Map(movement?.sides.map(({ account, amount }) => [account, amount.minorUnits]));
  t.is(signed(refund).get("buyer_cash"), -(signed(capture).get("buyer_cash") ?? 0n));
});

test("a movement that does not add up to zero in each currency is refused", (t) => {
  const lopsided = {
    kind: "capture",
    sides: [
      { account: "buyer_cash", amount: eur(-1_000n) },
      { account: "seller_payable", amount: { currencyCode: "USD", minorUnits: 1_000n } },
    ],
  } as const;
  t.throws(() => balanced(lopsided), { message: /EUR -1000, USD 1000/ });
});
