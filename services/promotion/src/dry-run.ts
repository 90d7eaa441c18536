import type { Money } from "@shopmesh/kernel";
import type { Buyer, CouponReason } from "./coupon.ts";
import { type Line, lineTotal, sum } from "./discount.ts";
import { explain, type Situation } from "./evaluation.ts";
import type { Promotion } from "./promotion.ts";
import { applyAll, type Delivery } from "./stacking.ts";

/** One confirmed order, as far as promotions ask about it. */
export type PastOrder = {
  readonly id: string;
  readonly groupId: string;
  readonly customerId: string | undefined;
  readonly sellerId: string;
  readonly countryCode: string;
  readonly shippingPrice: Money;
  readonly lines: readonly Line[];
};

/** One checkout of the past: all orders of a group. */
export type PastCheckout = {
  readonly groupId: string;
  readonly confirmMs: number;
  readonly buyer: Buyer;
  readonly countryCode: string;
  readonly lines: readonly Line[];
  readonly deliveries: readonly Delivery[];
};

/** What a promotion would have done, in minor units. */
export type DryRun = {
  readonly checkoutCount: number;
  readonly discountedCount: number;
  readonly discount: bigint;
  readonly platform: bigint;
  /** Goods before discounts, and deliveries. */
  readonly sales: bigint;
  readonly refusals: ReadonlyMap<CouponReason, number>;
  /** The checkouts for which most would have come off, most first. */
  readonly largest: readonly { readonly groupId: string; readonly discount: bigint }[];
};

export const emptyRun: DryRun = {
  checkoutCount: 0,
  discountedCount: 0,
  discount: 0n,
  platform: 0n,
  sales: 0n,
  refusals: new Map(),
  largest: [],
};

const LARGEST = 10;

/** The promotion as a dry run takes it: neither its state and schedule nor limits and budget count. */
export function unbounded(promotion: Promotion): Promotion {
  return {
    ...promotion,
    state: "active",
    trigger: "code",
    startMs: undefined,
    endMs: undefined,
    maxRedemptions: 0,
    maxRedemptionsPerCustomer: 0,
    budget: undefined,
  };
}

/** The run with one checkout more, which `promotion` meets by itself. */
export function tryOn(run: DryRun, promotion: Promotion, past: PastCheckout, askRule: Situation["askRule"]): DryRun {
  const { lines, deliveries, buyer, countryCode, confirmMs } = past;
  const basket = { lines, deliveries };
  const situation = { nowMs: confirmMs, buyer, countryCode, askRule };
  const offer = { promotion, customerRedemptionCount: 0, isCodeUsed: false };
  const problem = explain(offer, basket, situation).find(({ isMet }) => !isMet)?.reason;
  const [taken] = problem === undefined ? applyAll([promotion], basket) : [];
  const discount = taken?.total ?? 0n;
  const parts = [...(taken?.lines ?? []), ...(taken?.deliveries ?? [])];
  return {
    checkoutCount: run.checkoutCount + 1,
    discountedCount: run.discountedCount + (discount > 0n ? 1 : 0),
    discount: run.discount + discount,
    platform: run.platform + sum(parts.map(({ platform }) => platform)),
    sales: run.sales + sum(lines.map(lineTotal)) + sum(deliveries.map(({ price }) => price)),
    refusals: problem === undefined ? run.refusals : counted(run.refusals, problem),
    largest: discount === 0n ? run.largest : withLargest(run.largest, { groupId: past.groupId, discount }),
  };
}

function counted(refusals: DryRun["refusals"], reason: CouponReason): DryRun["refusals"] {
  return new Map(refusals).set(reason, (refusals.get(reason) ?? 0) + 1);
}

function withLargest(largest: DryRun["largest"], one: DryRun["largest"][number]): DryRun["largest"] {
  const isLarger = (left: bigint, right: bigint) => (left === right ? 0 : left > right ? -1 : 1);
  return [...largest, one].toSorted((left, right) => isLarger(left.discount, right.discount)).slice(0, LARGEST);
}
