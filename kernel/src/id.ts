/** Bytes nobody can guess, `length` of them. */
export type Entropy = (length: number) => Uint8Array;

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** Crockford's check symbols: the alphabet and five more, for a remainder by 37. */
const SIGNS = "*~$=";
const CHECK = `${CROCKFORD}${SIGNS}U`;
const ORDER_DIGITS = 10;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** A UUIDv7 (RFC 9562 §5.7): sortable by `nowMs`, the rest from `entropy`. */
export function uuidv7(nowMs: number, entropy: Entropy): string {
  const bytes = entropy(16);
  const time = Math.trunc(nowMs).toString(16).padStart(12, "0");
  const version = hexOf(((bytes[6] ?? 0) & 0x0f) | 0x70) + hexOf(bytes[7]);
  const variant = hexOf(((bytes[8] ?? 0) & 0x3f) | 0x80) + hexOf(bytes[9]);
  let rest = "";
  for (let index = 10; index < 16; index++) rest += hexOf(bytes[index]);
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${rest}`;
}

/**
 * A public order number: region letter + five Crockford-32 digits of entropy, a hyphen, five more + their check
 * symbol: "E7Q2M9-XK4TR6". Unguessable, leaks no volume, needs no central counter. Letters, digits and the hyphen alone:
 * whoever makes links of plain text, or takes a number up with a double click, leaves a sign at the end out.
 */
export function orderNumber(region: string, entropy: Entropy): string {
  const letter = region.charAt(0).toUpperCase();
  for (;;) {
    const digits = Array.from(entropy(ORDER_DIGITS), (byte) => CROCKFORD.charAt(byte % 32)).join("");
    const check = checkSymbol(digits);
    if (!SIGNS.includes(check)) return `${letter}${digits.slice(0, 5)}-${digits.slice(5)}${check}`;
  }
}

/**
 * `text` as an order number in its one form, or undefined where its check symbol does not fit.
 * Reads as people type: any case, spaces or hyphens anywhere, O for 0, I and L for 1.
 */
export function parseOrderNumber(text: string): string | undefined {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, "");
  if (plain.length !== ORDER_DIGITS + 2 || !/^[A-Z]/.test(plain)) return undefined;
  const symbols = plain.slice(1).replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  const digits = symbols.slice(0, -1);
  if ([...digits].some((digit) => !CROCKFORD.includes(digit))) return undefined;
  if (checkSymbol(digits) !== symbols.slice(-1)) return undefined;
  return `${plain.charAt(0)}${symbols.slice(0, 5)}-${symbols.slice(5)}`;
}

function hexOf(byte = 0): string {
  return HEX[byte] ?? "";
}

function checkSymbol(digits: string): string {
  let value = 0n;
  for (const digit of digits) value = value * 32n + BigInt(CROCKFORD.indexOf(digit));
  return CHECK.charAt(Number(value % 37n));
}
