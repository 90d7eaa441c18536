import { type Money, money } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { PastCheckout, PastOrder } from "../dry-run.ts";
import type { PastOrderRow } from "../schema.ts";

type WrittenLine = {
  readonly sku: string;
  readonly categoryId: string;
  readonly quantity: number;
  /** Minor units. */
  readonly unitPrice: string;
};

/** Keeps a confirmed order with the commit; once, however often it is told. */
export function keepPastOrder(tx: Tx, order: PastOrder, confirmMs: number): void {
  const { currencyCode, minorUnits } = order.shippingPrice;
  const goods = order.lines.map(
    ({ sku, categoryId, quantity, unitPrice }): WrittenLine => ({
      sku,
      categoryId,
      quantity,
      unitPrice: String(unitPrice.minorUnits),
    }),
  );
  tx.executeLast(
    `INSERT IGNORE INTO past_order (order_id, group_id, customer_id, seller_id, country_code, currency,
       shipping_minor_units, goods, confirm_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      order.id,
      order.groupId,
      order.customerId ?? null,
      order.sellerId,
      order.countryCode,
      currencyCode,
      minorUnits,
      JSON.stringify(goods),
      confirmMs,
    ],
  );
}

/** So many checkouts of one statement. */
const PAGE = 500;

/** Which checkouts to read: confirmed from `startMs` on and before `endMs`. */
export type PastOrderFilter = { readonly startMs: number; readonly endMs: number; readonly limit: number };

/** The checkouts of a time, the newest first, page by page. */
export async function* readPastCheckouts(sql: Sql, filter: PastOrderFilter): AsyncGenerator<readonly PastCheckout[]> {
  let before = "~";
  for (let left = filter.limit; left > 0; left -= PAGE) {
    const ids = await sql.rows<{ group_id: string }>(
      `SELECT DISTINCT group_id FROM past_order WHERE confirm_ms >= ? AND confirm_ms < ? AND group_id < ?
       ORDER BY group_id DESC LIMIT ?`,
      [filter.startMs, filter.endMs, before, Math.min(left, PAGE)],
    );
    if (ids.length === 0) return;
    yield await readCheckouts(
      sql,
      ids.map(({ group_id: id }) => id),
    );
    before = ids.at(-1)?.group_id ?? "";
    if (ids.length < Math.min(left, PAGE)) return;
  }
}

type PastRow = PastOrderRow & { readonly is_first: number; readonly groups_in: string | null };

async function readCheckouts(sql: Sql, groupIds: readonly string[]): Promise<readonly PastCheckout[]> {
  const rows = await sql.rows<PastRow>(
    `SELECT o.*,
       NOT EXISTS (SELECT 1 FROM past_order e WHERE e.customer_id = o.customer_id AND e.group_id < o.group_id) AS is_first,
       (SELECT GROUP_CONCAT(g.name) FROM customer_group g WHERE g.customer_id = o.customer_id) AS groups_in
     FROM past_order o WHERE o.group_id IN (?) ORDER BY o.group_id DESC, o.order_id`,
    [groupIds],
  );
  return [...Map.groupBy(rows, ({ group_id: id }) => id)].map(([groupId, own]): PastCheckout => {
    const [first] = own;
    return {
      groupId,
      confirmMs: Number(first?.confirm_ms ?? 0),
      buyer: {
        customerId: first?.customer_id ?? undefined,
        hasOrdered: first?.is_first !== 1,
        groups: first?.groups_in?.split(",") ?? [],
      },
      countryCode: first?.country_code ?? "",
      lines: own.flatMap((row) => linesOf(row)),
      deliveries: own.map((row) => ({ sellerId: row.seller_id, price: BigInt(row.shipping_minor_units) })),
    };
  });
}

function linesOf({ goods, seller_id: sellerId, currency }: PastOrderRow): PastCheckout["lines"] {
  // Written by keepPastOrder alone.
  const written = JSON.parse(goods) as readonly WrittenLine[];
  return written.map(({ sku, categoryId, quantity, unitPrice }) => ({
    sku,
    sellerId,
    categoryId,
    quantity,
    unitPrice: amount(currency, unitPrice),
  }));
}

function amount(currency: string, minorUnits: string): Money {
  return money(currency, BigInt(minorUnits));
}
