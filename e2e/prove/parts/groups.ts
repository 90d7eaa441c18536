import { setTimeout as delay } from "node:timers/promises";
import type { Row } from "../../../dev/src/infrastructure/control.ts";
import type { World } from "../../stories/world.ts";

/** What became of one checkout, as order keeps it. */
export type GroupRow = {
  readonly id: string;
  readonly email: string;
  readonly state: string;
  readonly rejectReason: string;
  readonly total: number;
  readonly orders: readonly OrderRow[];
};

/** One seller's part of it. */
export type OrderRow = {
  readonly id: string;
  readonly state: string;
  readonly total: number;
  readonly refunded: number;
  /** Why it was called off; empty where it was not. */
  readonly endReason: string;
  readonly lines: readonly (Pieces & { readonly id: string; readonly total: number })[];
  /** What it was sent in; empty before that is planned. */
  readonly parcels: readonly {
    readonly state: string;
    readonly amount: number;
    readonly isCaptured: boolean;
    readonly lines: readonly (Pieces & { readonly tax: Sum; readonly platformShare?: Sum })[];
    readonly shippingTax: Sum;
    readonly shippingPlatformShare?: Sum;
  }[];
  /** What came back. */
  readonly returns: readonly {
    readonly id: string;
    readonly state: string;
    readonly lines: readonly (Pieces & {
      readonly lineId: string;
      readonly resellable: number;
      readonly damaged: number;
    })[];
    /** What is wanted instead of the money. */
    readonly exchange?: {
      readonly state: string;
      readonly groupId: string;
      readonly lines: readonly Pieces[];
      /** What of the goods stays paid for that; absent before it is ordered. */
      readonly held?: readonly { readonly amount: Sum }[];
    };
  }[];
  /** Money that was given back; what it pays is named by its return, or it is for no goods. */
  readonly refunds: readonly {
    readonly returnId: string;
    readonly state: string;
    readonly amount: number;
    readonly tax: Sum;
    readonly platformShare?: Sum;
    /** Whether it gives back what goods had paid of their replacement. */
    readonly isOfCredit?: boolean;
  }[];
  /** Whose goods it replaces; absent for what was bought. */
  readonly exchangeOf?: { readonly returnId: string };
};

/** Pieces of one sku. */
export type Pieces = { readonly sku: string; readonly quantity: number };

const LOOK_AGAIN_MS = 500;

/** Every checkout that there was. */
export async function readGroups({ mesh }: World): Promise<readonly GroupRow[]> {
  const [rows, orderRows] = await Promise.all([
    mesh.infrastructure.rows("order", "SELECT id, email, state, snapshot FROM order_group"),
    mesh.infrastructure.rows("order", "SELECT id, group_id, state, snapshot FROM orders ORDER BY group_id, position"),
  ]);
  const ordersOf = Map.groupBy(orderRows, ({ group_id }) => String(group_id));
  return rows.map(({ id, email, state, snapshot }) => {
    const { rejectReason, totals } = JSON.parse(String(snapshot)) as Snapshot;
    return {
      id: String(id),
      email: String(email),
      state: String(state),
      rejectReason,
      total: Number(totals.total.minorUnits),
      orders: (ordersOf.get(String(id)) ?? []).map(orderOf),
    };
  });
}

function orderOf({ id, state, snapshot }: Row): OrderRow {
  const order = JSON.parse(String(snapshot)) as OrderSnapshot;
  return {
    id: String(id),
    state: String(state),
    total: Number(order.totals.total.minorUnits),
    refunded: Number(order.refunded.minorUnits),
    endReason: order.endReason,
    lines: order.lines.map((line) => ({ ...line, total: Number(line.total.minorUnits) })),
    parcels: (order.parcels ?? []).map((parcel) => ({ ...parcel, amount: Number(parcel.amount.minorUnits) })),
    returns: order.returns ?? [],
    refunds: (order.refunds ?? []).map((refund) => ({ ...refund, amount: Number(refund.amount.minorUnits) })),
    ...(order.exchangeOf && { exchangeOf: order.exchangeOf }),
  };
}

type Sum = { readonly minorUnits: string };
type Snapshot = { readonly rejectReason: string; readonly totals: { readonly total: Sum } };
type InMoney<T> = readonly (Omit<T, "total" | "amount"> & { readonly [name in keyof T & ("total" | "amount")]: Sum })[];
type OrderSnapshot = Pick<OrderRow, "endReason" | "exchangeOf"> & {
  readonly totals: { readonly total: Sum };
  readonly refunded: Sum;
  readonly lines: InMoney<OrderRow["lines"][number]>;
  readonly parcels?: InMoney<OrderRow["parcels"][number]>;
  readonly returns?: OrderRow["returns"];
  readonly refunds?: InMoney<OrderRow["refunds"][number]>;
};

/** Whether it replaces goods that went back, and was bought by nobody's click. */
export function isReplacement({ orders }: GroupRow): boolean {
  return orders.some(({ exchangeOf }) => exchangeOf !== undefined);
}

/** Whether a seller's part is still wanted: neither called off nor turned back. */
export function isKept({ state }: OrderRow): boolean {
  return state !== "cancelled" && state !== "rejected";
}

/** What the buyer owes for a confirmed checkout: all that was not called off nor given back. */
export function owedOf({ orders }: GroupRow): number {
  return orders
    .filter(isKept)
    .reduce((sum, order) => sum + order.total - calledOffOf(order).amount - order.refunded, 0);
}

/** What of the price of what was sent, and not given back, is tax. */
export function taxOf(group: GroupRow): number {
  const { taken, given } = pricesOf(group);
  const taxes = taken.flatMap(({ lines, shippingTax }) => [...lines.map(({ tax }) => tax), shippingTax]);
  return sumOf(taxes) - sumOf(given.map(({ tax }) => tax));
}

/** What the marketplace pays of it. */
export function platformShareOf(group: GroupRow): number {
  const { taken, given } = pricesOf(group);
  const shares = taken.flatMap(({ lines, shippingPlatformShare }) => [
    ...lines.map(({ platformShare }) => platformShare),
    shippingPlatformShare,
  ]);
  return sumOf(shares) - sumOf(given.map(({ platformShare }) => platformShare));
}

function pricesOf({ orders }: GroupRow) {
  return {
    taken: orders.flatMap(({ parcels }) => parcels.filter(({ isCaptured }) => isCaptured)),
    given: orders.flatMap(({ refunds }) => refunds.filter(({ state }) => state === "succeeded")),
  };
}

function sumOf(sums: readonly (Sum | undefined)[]): number {
  return sums.reduce((total, sum) => total + Number(sum?.minorUnits ?? 0), 0);
}

/** What of an order that is kept was called off parcel by parcel. */
export function calledOffOf({ parcels }: OrderRow): { readonly amount: number; readonly lines: readonly Pieces[] } {
  const off = parcels.filter(({ state }) => state === "cancelled");
  return { amount: off.reduce((sum, { amount }) => sum + amount, 0), lines: off.flatMap(({ lines }) => lines) };
}

/** Whether a checkout has come to its end. */
export function isDecided({ state }: GroupRow): boolean {
  return state !== "pending" && state !== "requires-action";
}

/** Looks until `isThere` or `withinMs` is over; how long it took, undefined where it was not. */
export async function within(withinMs: number, isThere: () => Promise<boolean>): Promise<number | undefined> {
  const startedMs = performance.now();
  for (;;) {
    if (await isThere()) return performance.now() - startedMs;
    if (performance.now() - startedMs > withinMs) return undefined;
    await delay(LOOK_AGAIN_MS);
  }
}
