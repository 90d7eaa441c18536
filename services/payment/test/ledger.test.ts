import test from "ava";
import { balanced, movementsOf } from "../src/ledger.ts";

const eur = (minorUnits: bigint) => ({ currencyCode: "EUR", minorUnits });

const transfer = (
  kind: "capture" | "refund" | "release",
  moves: bigint,
  { gift = 0n, tax = 0n, platformShare = 0n } = {},
) => ({
  kind,
  amount: eur(moves + gift),
  tax,
  platformShare,
  moves,
  gifts: gift === 0n ? [] : [{ giftCardId: "c", minorUnits: gift }],
});

test("what is taken leaves the buyer's cash and is owed to sellers; the platform bears the fee", (t) => {
  t.deepEqual(movementsOf(transfer("capture", 1_000n), eur(59n)), [
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

test("a gift card is a liability that becomes what sellers are owed once it is redeemed", (t) => {
  t.deepEqual(movementsOf(transfer("capture", 0n, { gift: 400n }), undefined), [
    {
      kind: "gift-card-redeem",
      sides: [
        { account: "gift_card_liability", amount: eur(-400n) },
        { account: "seller_payable", amount: eur(400n) },
      ],
    },
  ]);
});

test("what of it is tax is owed to the state, not to sellers", (t) => {
  const movements = movementsOf(transfer("capture", 1_000n, { tax: 160n }), undefined);
  t.deepEqual(movements.at(-1), {
    kind: "tax",
    sides: [
      { account: "seller_payable", amount: eur(-160n) },
      { account: "tax_payable", amount: eur(160n) },
    ],
  });
  t.is(movements.length, 2);
});

test("what the marketplace pays of a price is owed to sellers, out of its own revenue", (t) => {
  const [, share] = movementsOf(transfer("capture", 1_000n, { platformShare: 200n }), undefined);
  t.deepEqual(share, {
    kind: "platform-share",
    sides: [
      { account: "platform_revenue", amount: eur(-200n) },
      { account: "seller_payable", amount: eur(200n) },
    ],
  });
});

test("a refund is a capture the other way round, on each tender, of the tax and of the marketplace's share", (t) => {
  const signed = (kind: "capture" | "refund") =>
    movementsOf(transfer(kind, 1_000n, { gift: 400n, tax: 160n, platformShare: 200n }), undefined)
      .flatMap(({ sides }) => sides)
      .map(({ account, amount }) => `${account} ${kind === "capture" ? amount.minorUnits : -amount.minorUnits}`)
      .toSorted((left, right) => left.localeCompare(right));
  t.deepEqual(signed("refund"), signed("capture"));
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
