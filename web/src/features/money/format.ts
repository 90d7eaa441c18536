import type { Money } from "@shopmesh/contracts/shop/common/v1/money_pb.ts";

type Amount = Pick<Money, "currencyCode" | "minorUnits">;

/** An amount as the browser's language writes it, exact whatever its size: no float ever holds it. */
export function formatMoney({ currencyCode, minorUnits }: Amount, locale?: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: currencyCode });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(decimalOf(minorUnits, digits));
}

/** The cheaper of two amounts of one currency. */
export function cheaper<T extends Amount>(left: T, right: T): T {
  return right.minorUnits < left.minorUnits ? right : left;
}

function decimalOf(minorUnits: bigint, digits: number): Intl.StringNumericLiteral {
  const sign = minorUnits < 0n ? "-" : "";
  const plain = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, "0");
  const whole = plain.slice(0, plain.length - digits);
  // Nothing but digits: what the type wants to know.
  return `${sign}${whole}.${plain.slice(plain.length - digits) || "0"}` as Intl.StringNumericLiteral;
}
