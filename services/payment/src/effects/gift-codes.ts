import { createHash, createHmac } from "node:crypto";
import { canonicalCode, giftCardCode } from "../gift-card.ts";

/** The codes of gift cards: made of a secret of ours and the card's id, so that none is kept and each can be made again. */
export type GiftCodes = {
  /** The code of a card, as people read it. */
  codeOf(giftCardId: string): string;
  /** The SHA-256, in hex, by which a card is found whose code somebody gives. */
  hashOf(code: string): string;
};

export function createGiftCodes(secret: Uint8Array): GiftCodes {
  return {
    codeOf: (giftCardId) => giftCardCode(createHmac("sha256", secret).update(giftCardId).digest()),
    hashOf: hashOfCode,
  };
}

export function hashOfCode(code: string): string {
  return createHash("sha256").update(canonicalCode(code)).digest("hex");
}
