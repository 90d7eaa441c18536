const ALPHABET = "23456789abcdefghjkmnpqrstvwxyz";
const MAX_WORDS_LENGTH = 100;

/** The bytes that one slug's ending takes. */
export const SLUG_BYTES = 4;

/** A readable address of `title`: its words in plain letters, and an ending made of `bytes` that tells namesakes apart. */
export function slugOf(title: string, bytes: Uint8Array): string {
  const words = title
    .replaceAll("ß", "ss")
    .normalize("NFD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_WORDS_LENGTH)
    .replaceAll(/^-+|-+$/g, "");
  const ending = Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
  return words === "" ? `product-${ending}` : `${words}-${ending}`;
}
