import { createHmac, timingSafeEqual } from "node:crypto";

/** The codes that prove whose a number is: made of their ids whenever they are needed, kept nowhere. */
export type PhoneCodes = {
  /** Six digits. */
  codeOf(id: string): string;
  isRight(id: string, shown: string): boolean;
};

export function createPhoneCodes(secret: Uint8Array): PhoneCodes {
  const codeOf = (id: string): string => {
    const drawn = createHmac("sha256", secret).update(id).digest().readUIntBE(0, 6);
    return String(drawn % 1_000_000).padStart(6, "0");
  };
  return {
    codeOf,
    isRight(id, shown) {
      const [given, right] = [Buffer.from(shown), Buffer.from(codeOf(id))];
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
