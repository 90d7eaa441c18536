import test from "ava";
import fc from "fast-check";
import { canonicalCode, type GiftCard, giftCardCode, holdRefusal, newGiftCard } from "../src/gift-card.ts";
import { money } from "./books.ts";

function card(overrides: Partial<GiftCard> = {}): GiftCard {
  const wanted = { id: "c", codeHash: "h", lastFour: "WXYZ", amount: money(100n), reason: "GOODWILL", createMs: 0 };
  return { ...newGiftCard({ ...wanted, expireMs: undefined, personId: undefined }), ...overrides };
}

test("a code is twenty letters that nobody takes for others, and reads the same however it is written", (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const code = giftCardCode(bytes);
      const isReadable = /^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/.test(code);
      const written = ` ${code.toLowerCase().replaceAll("-", " ")} `;
      return isReadable && canonicalCode(written) === canonicalCode(code);
    }),
  );
  t.pass();
});

const refused = test.macro<[GiftCard | undefined, bigint, string | undefined]>({
  exec(t, found, minorUnits, reason) {
    t.is(holdRefusal(found, money(minorUnits), 1_000), reason);
  },
  title: (given = "") => `a gift card ${given}`,
});
test("that is not there is refused", refused, undefined, 1n, "GIFT_CARD_NOT_FOUND");
test("pays up to what is on it", refused, card(), 100n, undefined);
test("pays no more than is on it", refused, card(), 101n, "GIFT_CARD_INSUFFICIENT");
test("pays no more than others leave of it", refused, card({ held: money(60n) }), 41n, "GIFT_CARD_INSUFFICIENT");
test(
  "of another currency is refused",
  refused,
  card({ balance: { currencyCode: "USD", minorUnits: 100n } }),
  1n,
  "GIFT_CARD_CURRENCY",
);
test("that has expired is refused", refused, card({ expireMs: 1_000 }), 1n, "GIFT_CARD_EXPIRED");
test("that expires later pays", refused, card({ expireMs: 1_001 }), 1n, undefined);

test("a gift card of nothing, or of the past, is not issued", (t) => {
  const wanted = { id: "c", codeHash: "h", lastFour: "", reason: "", personId: undefined, createMs: 1_000 };
  t.like(
    t.throws(() => newGiftCard({ ...wanted, amount: money(0n), expireMs: undefined })),
    {
      reason: "AMOUNT_NOT_POSITIVE",
    },
  );
  t.like(
    t.throws(() => newGiftCard({ ...wanted, amount: money(1n), expireMs: 1_000 })),
    {
      reason: "GIFT_CARD_EXPIRED",
    },
  );
});
