import {
  divideHalfUp,
  DomainError,
  type Money,
  money,
  splitByWeights,
  subtractMoney,
  sumMoney,
} from "@shopmesh/kernel";
import { dividePrice, mapPrice, type Price, subtractPrice } from "./price.ts";

/** Where the giving back of money is. */
export type RefundState = "pending" | "succeeded";

/** What is given back of one line, or of the delivery. */
export type RefundPart = Price & {
  /** Empty: the delivery. */
  readonly lineId: string;
  /** Pieces that are paid back with it; 0 where the price is only lowered. */
  readonly quantity: number;
};

/** One giving back of money. It lives in its order's snapshot. */
export type Refund = Price & {
  readonly id: string;
  /** Whose goods it pays back; empty for one without goods. */
  readonly returnId: string;
  readonly state: RefundState;
  /** "GOODWILL", "RETURN": as the provider is told. */
  readonly reason: string;
  readonly note: string;
  readonly parts: readonly RefundPart[];
  readonly createMs: number;
  readonly settleMs: number | undefined;
  /** Whether it gives back what goods that went back had paid of their replacement. */
  readonly isOfCredit?: boolean;
};

/** What is left to give back of a line or the delivery. */
export type Rest = RefundPart;

/** The line or delivery `rest` without `part`. */
export function without(rest: Rest, part: RefundPart): Rest {
  return { lineId: rest.lineId, quantity: rest.quantity - part.quantity, ...subtractPrice(rest, part) };
}

/**
 * `amount` of what is left, its tax and the marketplace's share pro rata: all that is left takes all of these that is left, so
 * that any number of refunds adds up exactly. Throws REFUND_TOO_LARGE, REFUND_EMPTY, CURRENCY_MISMATCH.
 */
export function partByAmount(rest: Rest, amount: Money): RefundPart {
  const left = subtractMoney(rest.amount, amount);
  if (amount.minorUnits < 0n) throw new DomainError("invalid", "REFUND_EMPTY", { line_id: rest.lineId });
  if (left.minorUnits < 0n)
    throw new DomainError("precondition", "REFUND_TOO_LARGE", {
      line_id: rest.lineId,
      left: String(rest.amount.minorUnits),
      wanted: String(amount.minorUnits),
      currency: amount.currencyCode,
    });
  const whole = rest.amount.minorUnits;
  const share = ({ currencyCode, minorUnits }: Money) =>
    money(currencyCode, whole === 0n ? minorUnits : divideHalfUp(minorUnits * amount.minorUnits, whole));
  return { lineId: rest.lineId, quantity: 0, ...mapPrice(rest, share) };
}

/** The share of `quantity` pieces in what is left of a line. Throws REFUND_QUANTITY (more than are left). */
export function partByQuantity(rest: Rest, quantity: number): RefundPart {
  if (quantity > rest.quantity)
    throw new DomainError("precondition", "REFUND_QUANTITY", {
      line_id: rest.lineId,
      left: String(rest.quantity),
      wanted: String(quantity),
    });
  const [part] = dividePrice(rest, quantity, rest.quantity);
  return { lineId: rest.lineId, quantity, ...part };
}

/** `amount` spread over all that is left, in proportion to it. Throws REFUND_TOO_LARGE. */
export function spread(rests: readonly Rest[], amount: Money): readonly RefundPart[] {
  const left = sumMoney(
    amount.currencyCode,
    rests.map((rest) => rest.amount),
  );
  if (amount.minorUnits > left.minorUnits)
    throw new DomainError("precondition", "REFUND_TOO_LARGE", {
      left: String(left.minorUnits),
      wanted: String(amount.minorUnits),
      currency: amount.currencyCode,
    });
  const shares = splitByWeights(
    amount.minorUnits,
    rests.map((rest) => rest.amount.minorUnits),
  );
  return rests
    .map((rest, index) => partByAmount(rest, money(amount.currencyCode, shares[index] ?? 0n)))
    .filter((part) => part.amount.minorUnits > 0n);
}
