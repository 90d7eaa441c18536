import { money } from "@shopmesh/kernel";
import type { Goods, Use } from "../src/coupon.ts";
import type { Line } from "../src/discount.ts";
import { noConditions, type Promotion } from "../src/promotion.ts";

export const NOW_MS = Date.parse("2026-12-01T00:00:00Z");
export const eur = (minorUnits: bigint) => money("EUR", minorUnits);

/** Ten percent off the sum by the code TEN, for everybody, but for `overrides`. */
export function promotion(overrides: Partial<Promotion> = {}): Promotion {
  return {
    id: "p1",
    version: 1,
    label: "Ten off",
    trigger: "code",
    couponCode: "TEN",
    state: "active",
    promotionClass: "order",
    combinesWith: [],
    action: { kind: "percent-off", basisPoints: 1000 },
    conditions: noConditions,
    sellerId: undefined,
    platformShareBasisPoints: 0,
    startMs: undefined,
    endMs: undefined,
    maxRedemptions: 0,
    maxRedemptionsPerCustomer: 0,
    minimumSubtotal: undefined,
    redemptionCount: 0,
    budget: undefined,
    budgetSpent: 0n,
    codeCount: 0,
    createMs: 0,
    ...overrides,
  };
}

/** One that comes by itself. */
export function automatic(overrides: Partial<Promotion> = {}): Promotion {
  return promotion({ trigger: "automatic", couponCode: "", ...overrides });
}

/** A guest, but for `overrides`. */
export function use(overrides: Partial<Use> & { readonly customerId?: string } = {}): Use {
  const { customerId, ...own } = overrides;
  return {
    nowMs: NOW_MS,
    buyer: { customerId, hasOrdered: false, groups: [] },
    customerRedemptionCount: 0,
    isCodeUsed: false,
    discount: 0n,
    ...own,
  };
}

/** One piece of 10 euros that goes nobody knows where, but for `overrides`. */
export function goods(overrides: Partial<Goods> = {}): Goods {
  return { subtotal: eur(1000n), quantity: 1, countryCode: undefined, isRuleMet: true, ...overrides };
}

/** "seller: price × quantity" in cents. */
export function line(sku: string, sellerId: string, minorUnits: bigint, quantity = 1, categoryId = ""): Line {
  return { sku, sellerId, categoryId, quantity, unitPrice: eur(minorUnits) };
}
