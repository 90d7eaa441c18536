import { DomainError } from "@shopmesh/kernel";
import type { Destination } from "./location.ts";
import { route } from "./routing.ts";
import {
  allocating,
  type Change,
  holding,
  type Line,
  type PlacedLevel,
  type PlacedLine,
  releasing,
  sumChanges,
  sumLines,
  withChanges,
} from "./stock.ts";

/** `released` is final: its id can never hold again. `allocated`: nothing of it is left to be held. */
export type HoldState = "active" | "expired" | "allocated" | "released";

/** Goods kept for one checkout. */
export type Hold = {
  readonly id: string;
  readonly state: HoldState;
  /** What was asked for, one line for each sku. */
  readonly asked: readonly Line[];
  /** Where it shall go, where that is known. */
  readonly destination: Destination | undefined;
  /** What is held now, and where; empty unless active. */
  readonly held: readonly PlacedLine[];
  /** What orders have taken out of it, given back or not. */
  readonly allocated: readonly Line[];
  /** Whether an order still owns goods of it. */
  readonly isOwned: boolean;
  readonly expireMs: number;
};

/** How a hold's goods are taken again, or become an order's. */
export type Plan = {
  readonly changes: readonly Change[];
  /** What is held afterwards. */
  readonly held: readonly PlacedLine[];
  /** What was taken by this plan, and from where. */
  readonly placed: readonly PlacedLine[];
};

/** Whether the goods of `hold` are its own at `nowMs`. */
export function isLive(hold: Hold, nowMs: number): boolean {
  return hold.state === "active" && hold.expireMs > nowMs;
}

/** What was asked for and no order has taken. */
export function remainingOf({ asked, allocated }: Hold): readonly Line[] {
  const taken = new Map(sumLines(allocated).map(({ sku, quantity }) => [sku, quantity]));
  return asked
    .map(({ sku, quantity }) => ({ sku, quantity: quantity - (taken.get(sku) ?? 0) }))
    .filter(({ quantity }) => quantity > 0);
}

/** When a hold ends that shall last for `ttlMs` from now; never sooner than before. */
export function extendedTo(hold: Hold, ttlMs: number, nowMs: number): number {
  return Math.max(hold.expireMs, nowMs + ttlMs);
}

/** Takes what is left of an expired hold again, at its old places where possible. Throws OUT_OF_STOCK. */
export function planRetake(hold: Hold, levels: readonly PlacedLevel[]): Plan {
  const placed = route(levels, remainingOf(hold), { destination: hold.destination, preferred: hold.held });
  return {
    changes: sumChanges([...hold.held.map((line) => releasing(line, "expired")), ...placed.map(holding)]),
    held: placed,
    placed,
  };
}

/**
 * Makes `wanted` an order's: the held goods themselves from a live hold; from an expired one whatever is there, at the
 * old places where possible. Throws HOLD_LINES (more than is left of the hold), OUT_OF_STOCK.
 */
export function planAllocation(
  hold: Hold,
  wanted: readonly Line[],
  levels: readonly PlacedLevel[],
  nowMs: number,
): Plan {
  const lines = sumLines(wanted);
  refuseMoreThan(remainingOf(hold), lines);
  const { taken, left } = take(hold.held, lines);
  const live = isLive(hold, nowMs);
  const placed = live ? taken : route(levels, lines, { destination: hold.destination, preferred: taken });
  const steps = [
    ...taken.map((line) => releasing(line, live ? "live" : "expired")),
    ...placed.map((line) => allocating(line, live ? "hold" : "free")),
  ];
  return { changes: sumChanges(steps), held: left, placed };
}

/** What each of `orders` takes out of a hold, one after the other, and what is held after the last. Throws as planAllocation. */
export function planAllocations<Order extends { readonly lines: readonly Line[] }>(
  hold: Hold,
  orders: readonly Order[],
  levels: readonly PlacedLevel[],
  nowMs: number,
): { readonly plans: readonly (Plan & { readonly order: Order })[]; readonly hold: Hold } {
  let [present, left] = [levels, hold];
  const plans = orders.map((order) => {
    const plan = planAllocation(left, order.lines, present, nowMs);
    present = withChanges(present, plan.changes);
    left = { ...left, held: plan.held, allocated: [...left.allocated, ...order.lines] };
    return { ...plan, order };
  });
  return { plans, hold: left };
}

function refuseMoreThan(remaining: readonly Line[], lines: readonly Line[]): void {
  const left = new Map(remaining.map(({ sku, quantity }) => [sku, quantity]));
  const over = lines.filter(({ sku, quantity }) => (left.get(sku) ?? 0) < quantity);
  if (over.length === 0) return;
  const metadata = over.map(({ sku }) => [sku, String(left.get(sku) ?? 0)]);
  throw new DomainError("precondition", "HOLD_LINES", Object.fromEntries(metadata));
}

function take(held: readonly PlacedLine[], lines: readonly Line[]): { taken: PlacedLine[]; left: PlacedLine[] } {
  const wanted = new Map(lines.map(({ sku, quantity }) => [sku, quantity]));
  const taken: PlacedLine[] = [];
  const left: PlacedLine[] = [];
  for (const place of held) {
    const quantity = Math.min(place.quantity, wanted.get(place.sku) ?? 0);
    wanted.set(place.sku, (wanted.get(place.sku) ?? 0) - quantity);
    if (quantity > 0) taken.push({ ...place, quantity });
    if (quantity < place.quantity) left.push({ ...place, quantity: place.quantity - quantity });
  }
  return { taken, left };
}
