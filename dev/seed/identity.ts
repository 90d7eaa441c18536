import { createHash } from "node:crypto";

function digest(text: string): Buffer {
  return createHash("sha256").update(`shopmesh-seed/${text}`).digest();
}

/** A UUID that is always the same for one kind and slug. */
export function stableId(kind: string, slug: string): string {
  const bytes = digest(`${kind}/${slug}`).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A whole number from `low` to `high`, both included, always the same for one text. */
export function stableNumber(text: string, low: number, high: number): number {
  return low + (digest(text).readUInt32BE(0) % (high - low + 1));
}

/** An EAN-13 with its check digit. It starts with 2: that range is never given to a real article. */
export function stableBarcode(text: string): string {
  const body = `2${String(digest(text).readUIntBE(0, 6) % 1e11).padStart(11, "0")}`;
  const sum = [...body].reduce((total, digit, index) => total + Number(digit) * (index % 2 ? 3 : 1), 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}
