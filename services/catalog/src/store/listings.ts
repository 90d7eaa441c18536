import type { Sql, SqlValue } from "@shopmesh/mesh";
import type { Listing, ProductSort } from "../listing.ts";
import { lowestPriceOf, type Product, type ProductState } from "../product.ts";
import type { ProductRow } from "../schema.ts";
import { completed } from "./products.ts";

type Order = {
  readonly column: "publish_ms" | "lowest_price" | "title";
  readonly direction: "ASC" | "DESC";
  readonly keyOf: (product: Product) => string;
};

/** A part of a WHERE and its values. */
type Condition = readonly [string, readonly SqlValue[]];

const orders: Readonly<Record<ProductSort, Order>> = {
  newest: { column: "publish_ms", direction: "DESC", keyOf: ({ publishMs }) => String(publishMs) },
  cheapest: {
    column: "lowest_price",
    direction: "ASC",
    keyOf: (product) => String(lowestPriceOf(product)),
  },
  dearest: {
    column: "lowest_price",
    direction: "DESC",
    keyOf: (product) => String(lowestPriceOf(product)),
  },
  title: { column: "title", direction: "ASC", keyOf: ({ title }) => title },
};

const subtree = `category_id IN (
  WITH RECURSIVE below AS (
    SELECT id FROM category WHERE id = ?
    UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
  ) SELECT id FROM below)`;

/** Where `product` stands in a listing of this order. */
export function listingKey(sort: ProductSort, product: Product): readonly [value: string, id: string] {
  return [orders[sort].keyOf(product), product.id];
}

/** Published products whole, in the listing's order. Three statements. */
export async function listPublished(sql: Sql, listing: Listing): Promise<readonly Product[]> {
  const { column, direction } = orders[listing.sort];
  const sign = direction === "ASC" ? ">" : "<";
  const [key, id] = listing.after ?? [];
  const conditions: readonly (Condition | undefined)[] = [
    ["state = 'published'", []],
    listing.categoryId === undefined ? undefined : [subtree, [listing.categoryId]],
    listing.sellerId === undefined ? undefined : ["seller_id = ?", [listing.sellerId]],
    key === undefined || id === undefined
      ? undefined
      : [`(${column} ${sign} ? OR (${column} = ? AND id ${sign} ?))`, [key, key, id]],
  ];
  return select(sql, conditions, [`${column} ${direction}`, `id ${direction}`], listing.limit);
}

/** Products in any state whole, newest first: those that fit what is not undefined. */
export async function listAny(
  sql: Sql,
  filter: {
    readonly sellerId: string | undefined;
    readonly state: ProductState | undefined;
    readonly before: string | undefined;
    readonly limit: number;
  },
): Promise<readonly Product[]> {
  const conditions: readonly (Condition | undefined)[] = [
    filter.sellerId === undefined ? undefined : ["seller_id = ?", [filter.sellerId]],
    filter.state === undefined ? undefined : ["state = ?", [filter.state]],
    filter.before === undefined ? undefined : ["id < ?", [filter.before]],
  ];
  return select(sql, conditions, ["id DESC"], filter.limit);
}

/** Products that are or were published, after the id `after`, by id. */
export async function listPublicAfter(sql: Sql, after: string, limit: number): Promise<readonly Product[]> {
  return select(sql, [["publish_ms IS NOT NULL AND id > ?", [after]]], ["id"], limit);
}

async function select(
  sql: Sql,
  conditions: readonly (Condition | undefined)[],
  order: readonly string[],
  limit: number,
): Promise<readonly Product[]> {
  const used = conditions.filter((condition) => condition !== undefined);
  const where = used.length === 0 ? "" : `WHERE ${used.map(([part]) => part).join(" AND ")}`;
  const values = [...used.flatMap(([, parts]) => parts), limit];
  // Found and sorted by their keys alone; the rows, with their long texts, are read for this page only.
  const rows = await sql.rows<ProductRow>(
    `SELECT p.* FROM (SELECT id FROM product ${where} ORDER BY ${order.join(", ")} LIMIT ?) page
     JOIN product p ON p.id = page.id ORDER BY ${order.map((part) => `p.${part}`).join(", ")}`,
    values,
  );
  return completed(sql, rows);
}
