import { randomBytes } from "node:crypto";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A fresh id such as `pi_3fK…`: the prefix and 24 random letters and digits. */
export function newId(prefix: string): string {
  const letters = Array.from(randomBytes(24), (byte) => alphabet[byte % alphabet.length]);
  return `${prefix}_${letters.join("")}`;
}
