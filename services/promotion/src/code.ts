const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;

/**
 * So many different codes of 60 random bits each: who knows one, or all but one, guesses no other. Crockford's alphabet, for
 * people to type. `entropy` gives unguessable bytes.
 */
export function makeCodes(count: number, prefix: string, entropy: (length: number) => Uint8Array): readonly string[] {
  const codes = new Set<string>();
  while (codes.size < count) {
    const bytes = entropy(LENGTH * (count - codes.size));
    for (let from = 0; from < bytes.length; from += LENGTH)
      codes.add(codeOf(prefix, bytes.subarray(from, from + LENGTH)));
  }
  return [...codes];
}

// 256 is a multiple of 32: every character is as likely as any other.
function codeOf(prefix: string, bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length] ?? "").join("");
  return prefix === "" ? characters : `${prefix}-${characters}`;
}
