import { DomainError, type Money } from "@shopmesh/kernel";

/** Value that we owe to whoever has its code. */
export type GiftCard = {
  readonly id: string;
  readonly codeHash: string;
  /** The last letters of the code. */
  readonly lastFour: string;
  /** What it was issued with. */
  readonly amount: Money;
  /** What is not redeemed. */
  readonly balance: Money;
  /** What of the balance payments hold. */
  readonly held: Money;
  /** From when on nothing more is held; undefined for never. */
  readonly expireMs: number | undefined;
  /** Whose it is, to tell them; undefined for nobody's. */
  readonly personId: string | undefined;
  /** Why it was issued. */
  readonly reason: string;
  readonly createMs: number;
};

/** Crockford's letters: none that is read as another. */
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH = 20;
const GROUP = 4;

/** For how long value that comes back to a card may be spent, whenever the card was to expire. */
export const REFUND_VALID_MS = 90 * 24 * 3_600_000;

/** A code as people read it, "7KQ2-…", out of at least 20 unguessable bytes, of each of which five bits count. */
export function giftCardCode(bytes: Uint8Array): string {
  const code = Array.from(bytes.subarray(0, CODE_LENGTH), (byte) => letters[byte & 31]).join("");
  return code.match(new RegExp(`.{${GROUP}}`, "g"))?.join("-") ?? "";
}

/** The one form of a code, however it was written down: what is hashed. */
export function canonicalCode(code: string): string {
  return code.toUpperCase().replaceAll(/[^0-9A-Z]/g, "");
}

export function lastFourOf(code: string): string {
  return canonicalCode(code).slice(-GROUP);
}

/** A card with all its value on it. Throws AMOUNT_NOT_POSITIVE, GIFT_CARD_EXPIRED. */
export function newGiftCard(wanted: Omit<GiftCard, "balance" | "held">): GiftCard {
  const { amount, expireMs, createMs } = wanted;
  if (amount.minorUnits <= 0n) {
    throw new DomainError("invalid", "AMOUNT_NOT_POSITIVE", { asked: String(amount.minorUnits) });
  }
  if (expireMs !== undefined && expireMs <= createMs) {
    throw new DomainError("invalid", "GIFT_CARD_EXPIRED", { field: "expire_time" });
  }
  return { ...wanted, balance: amount, held: { ...amount, minorUnits: 0n } };
}

/** What a payment may still hold of it at `nowMs`. */
export function availableOn(card: GiftCard, nowMs: number): Money {
  const isOver = card.expireMs !== undefined && card.expireMs <= nowMs;
  return { ...card.balance, minorUnits: isOver ? 0n : card.balance.minorUnits - card.held.minorUnits };
}

/** Why `amount` of a card cannot be held, as a stable cause; undefined where it can. */
export function holdRefusal(card: GiftCard | undefined, amount: Money, nowMs: number): string | undefined {
  if (card === undefined) return "GIFT_CARD_NOT_FOUND";
  if (card.balance.currencyCode !== amount.currencyCode) return "GIFT_CARD_CURRENCY";
  if (card.expireMs !== undefined && card.expireMs <= nowMs) return "GIFT_CARD_EXPIRED";
  return availableOn(card, nowMs).minorUnits < amount.minorUnits ? "GIFT_CARD_INSUFFICIENT" : undefined;
}
