import { splitByWeights, shareOf } from "@shopmesh/kernel";
import { bySku, freeOf, goodsOf, type Line, lineTotal, sum, takeOff } from "./discount.ts";
import type { Action, Promotion, PromotionClass } from "./promotion.ts";

/** One seller's delivery, in minor units before discounts. */
export type Delivery = { readonly sellerId: string; readonly price: bigint };

/** What promotions take off. */
export type Basket = {
  readonly lines: readonly Line[];
  /** None while they are unknown. */
  readonly deliveries: readonly Delivery[];
};

/** What one promotion takes off one line or delivery; `platform` of `amount` is the marketplace's to bear. */
export type Part<Of> = { readonly of: Of; readonly amount: bigint; readonly platform: bigint };

/** What one promotion takes off, beside those before it. */
export type Taken = {
  readonly promotion: Promotion;
  readonly lines: readonly Part<Line>[];
  readonly deliveries: readonly Part<Delivery>[];
  readonly total: bigint;
};

/** So many promotions at most are tried together: those that take most off by themselves. */
export const MAX_CANDIDATES = 12;

const classRank: Readonly<Record<PromotionClass, number>> = { product: 0, order: 1, shipping: 2 };

// Shares before sums: a sum off first would make the shares smaller.
const actionRank: Readonly<Record<Action["kind"], number>> = {
  "percent-off": 0,
  "buy-x-get-y": 1,
  "cheapest-free": 2,
  "amount-off": 3,
  "free-shipping": 4,
};

/** Whether two promotions may stand together: each names the other's class. */
export function mayStandTogether(one: Promotion, other: Promotion): boolean {
  return one.combinesWith.includes(other.promotionClass) && other.combinesWith.includes(one.promotionClass);
}

/**
 * What the best of `candidates` take off. Best for the buyer: of the sets that may stand together and to which none can be
 * added, the one that takes most off; of equals one without a code, so that none is used up for nothing, then the one of
 * more promotions, then the one with the older ones.
 */
export function bestOf(candidates: readonly Promotion[], basket: Basket): readonly Taken[] {
  if (candidates.length === 0) return [];
  const tried = strongest(candidates, basket);
  const sets = fullSets(tried).map((set) => rankSet(applyAll(set, basket)));
  return sets.reduce((best, set) => (isBetter(set, best) ? set : best)).taken;
}

/** What the promotions take off one after another: product, order, shipping; each from what those before it leave. */
export function applyAll(promotions: readonly Promotion[], { lines, deliveries }: Basket): readonly Taken[] {
  const sorted = lines.toSorted(bySku);
  const left = new Map(sorted.map((line) => [line, lineTotal(line)]));
  const toPay = new Map(deliveries.map((delivery) => [delivery, delivery.price]));
  return promotions.toSorted(inTurn).map((promotion) => {
    const open = (line: Line) => ({ line, left: left.get(line) ?? 0n });
    const goods = goodsOf(promotion, sorted);
    const offLines = above(takeOff(promotion, goods.map(open), sorted.map(open)));
    const offDeliveries = above(offDelivery(promotion, goods, toPay));
    for (const [line, amount] of offLines) left.set(line, (left.get(line) ?? 0n) - amount);
    for (const [delivery, amount] of offDeliveries) toPay.set(delivery, (toPay.get(delivery) ?? 0n) - amount);
    return funded(promotion, offLines, offDeliveries);
  });
}

function offDelivery(
  { action }: Promotion,
  goods: readonly Line[],
  toPay: ReadonlyMap<Delivery, bigint>,
): ReadonlyMap<Delivery, bigint> {
  if (action.kind !== "free-shipping") return new Map();
  const sellers = new Set(goods.map(({ sellerId }) => sellerId));
  const own = [...toPay].filter(([{ sellerId }]) => sellers.has(sellerId));
  return new Map(own.map(([delivery, left]) => [delivery, freeOf(action, left)]));
}

/** The parts with what of each the marketplace bears: its share of the whole, split by largest remainder. */
function funded(
  promotion: Promotion,
  lines: readonly (readonly [Line, bigint])[],
  deliveries: readonly (readonly [Delivery, bigint])[],
): Taken {
  const amounts = [...lines, ...deliveries].map(([, amount]) => amount);
  const total = sum(amounts);
  const platform = total === 0n ? [] : splitByWeights(shareOf(total, promotion.platformShareBasisPoints), amounts);
  const part = (index: number) => platform[index] ?? 0n;
  return {
    promotion,
    total,
    lines: lines.map(([of, amount], index) => ({ of, amount, platform: part(index) })),
    deliveries: deliveries.map(([of, amount], index) => ({ of, amount, platform: part(lines.length + index) })),
  };
}

function above<Of>(parts: ReadonlyMap<Of, bigint>): readonly (readonly [Of, bigint])[] {
  return [...parts].filter(([, amount]) => amount > 0n);
}

function strongest(candidates: readonly Promotion[], basket: Basket): readonly Promotion[] {
  if (candidates.length <= MAX_CANDIDATES) return candidates.toSorted(byId);
  const alone = candidates.map((promotion) => ({ promotion, total: totalOf(applyAll([promotion], basket)) }));
  const ranked = alone.toSorted((one, other) =>
    one.total === other.total ? byId(one.promotion, other.promotion) : one.total > other.total ? -1 : 1,
  );
  // Codes are tried whatever they give: their owner wants to know.
  const isEntered = ({ promotion }: (typeof ranked)[number]) => promotion.trigger !== "automatic";
  const entered = ranked.filter(isEntered);
  const automatic = ranked.filter((one) => !isEntered(one));
  return [...entered, ...automatic].slice(0, MAX_CANDIDATES).map(({ promotion }) => promotion);
}

/** Every set of promotions that may stand together and that no other can be added to: the graph's maximal cliques. */
export function fullSets(promotions: readonly Promotion[]): readonly (readonly Promotion[])[] {
  const found: (readonly Promotion[])[] = [];
  const grow = (set: readonly Promotion[], open: readonly Promotion[], closed: readonly Promotion[]): void => {
    if (open.length === 0) {
      if (closed.length === 0) found.push(set);
      return;
    }
    let tried = closed;
    for (const [index, promotion] of open.entries()) {
      const fits = (other: Promotion) => mayStandTogether(promotion, other);
      grow([...set, promotion], open.slice(index + 1).filter(fits), tried.filter(fits));
      tried = [...tried, promotion];
    }
  };
  grow([], promotions, []);
  return found;
}

type RankedSet = {
  readonly taken: readonly Taken[];
  readonly total: bigint;
  readonly codeCount: number;
  readonly ids: string;
};

function rankSet(taken: readonly Taken[]): RankedSet {
  const ids = taken.map(({ promotion }) => promotion.id).toSorted();
  const codeCount = taken.filter(({ promotion }) => promotion.trigger !== "automatic").length;
  return { taken, total: totalOf(taken), codeCount, ids: ids.join() };
}

function isBetter(set: RankedSet, best: RankedSet): boolean {
  if (set.total !== best.total) return set.total > best.total;
  if (set.codeCount !== best.codeCount) return set.codeCount < best.codeCount;
  if (set.taken.length !== best.taken.length) return set.taken.length > best.taken.length;
  return set.ids < best.ids;
}

function totalOf(taken: readonly Taken[]): bigint {
  return sum(taken.map(({ total }) => total));
}

function inTurn(one: Promotion, other: Promotion): number {
  const byClass = classRank[one.promotionClass] - classRank[other.promotionClass];
  if (byClass !== 0) return byClass;
  return actionRank[one.action.kind] - actionRank[other.action.kind] || byId(one, other);
}

function byId(one: Promotion, other: Promotion): number {
  return one.id === other.id ? 0 : one.id < other.id ? -1 : 1;
}
