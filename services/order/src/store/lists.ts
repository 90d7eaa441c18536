import { parseOrderNumber } from "@shopmesh/kernel";
import type { Sql } from "@shopmesh/mesh";
import type { Group } from "../group.ts";
import type { Order } from "../order.ts";
import type { OrderRow } from "../schema.ts";
import { readSnapshot } from "../snapshot.ts";

/** A page of a person's or a seller's orders, newest first, before the order `afterId`. */
export async function listOrders(
  sql: Sql,
  by: { readonly column: "person_id" | "seller_id"; readonly value: string },
  page: {
    readonly afterId: string | undefined;
    readonly limit: number;
    readonly states: readonly string[];
    /** Whether those are left out that were put on hold or called off before they were confirmed. */
    readonly isConfirmed?: boolean;
  },
): Promise<readonly { order: Order; groupId: string }[]> {
  const rows = await sql.rows<OrderRow>(
    `SELECT snapshot, group_id FROM orders WHERE ${by.column} = ?${page.afterId === undefined ? "" : " AND id < ?"}${
      page.states.length === 0 ? "" : " AND state IN (?)"
    }${page.isConfirmed === true ? CONFIRMED : ""} ORDER BY id DESC LIMIT ?`,
    [
      by.value,
      ...(page.afterId === undefined ? [] : [page.afterId]),
      ...(page.states.length === 0 ? [] : [page.states]),
      page.limit,
    ],
  );
  return rows.map((row) => ({ order: readSnapshot<Order>(row.snapshot), groupId: row.group_id }));
}

const CONFIRMED = " AND (state NOT IN ('on-hold', 'cancelled') OR JSON_VALUE(snapshot, '$.confirmMs') IS NOT NULL)";

/** The orders of these ids, each with its group, in no order; an id that is none is left out. */
export async function findOrders(sql: Sql, ids: readonly string[]): Promise<readonly { order: Order; group: Group }[]> {
  const rows = await sql.rows<Pick<OrderRow, "snapshot"> & { readonly group_snapshot: string }>(
    `SELECT o.snapshot, g.snapshot AS group_snapshot FROM orders o JOIN order_group g ON g.id = o.group_id
     WHERE o.id IN (?)`,
    [ids],
  );
  return rows.map((row) => ({
    order: readSnapshot<Order>(row.snapshot),
    group: readSnapshot<Group>(row.group_snapshot),
  }));
}

/** The orders of a group; none of a group that is none. */
export async function findOrdersOfGroup(sql: Sql, groupId: string): Promise<readonly Order[]> {
  const rows = await sql.rows<Pick<OrderRow, "snapshot">>("SELECT snapshot FROM orders WHERE group_id = ?", [groupId]);
  return rows.map(({ snapshot }) => readSnapshot<Order>(snapshot));
}

/** What an agent looks for; an empty field does not narrow. */
export type OrderFilter = {
  readonly orderId: string;
  readonly orderGroupId: string;
  readonly email: string;
  readonly customerId: string;
  readonly sellerId: string;
  readonly states: readonly string[];
  readonly paymentStates: readonly string[];
  readonly fulfilmentStates: readonly string[];
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
};

/** A page of the orders that fit, newest first. */
export async function searchOrders(
  sql: Sql,
  filter: OrderFilter,
  page: { readonly afterId: string | undefined; readonly limit: number },
): Promise<readonly { order: Order; groupId: string }[]> {
  const conditions: readonly (readonly [string, string | number | readonly string[] | undefined])[] = [
    ["(o.id = ? OR o.number = ?)", filter.orderId],
    ["o.group_id = ?", filter.orderGroupId],
    ["g.email = ?", filter.email],
    ["o.person_id = ?", filter.customerId],
    ["o.seller_id = ?", filter.sellerId],
    ["o.state IN (?)", filter.states],
    ["JSON_VALUE(o.snapshot, '$.paymentState') IN (?)", filter.paymentStates],
    ["JSON_VALUE(o.snapshot, '$.fulfilmentState') IN (?)", filter.fulfilmentStates],
    ["o.create_ms >= ?", filter.fromMs],
    ["o.create_ms < ?", filter.toMs],
    ["o.id < ?", page.afterId],
  ];
  const asked = conditions.filter(
    ([, value]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0),
  );
  const values = asked.flatMap(([text, value]) =>
    text.includes("o.number") && typeof value === "string" ? [value, parseOrderNumber(value) ?? value] : [value ?? ""],
  );
  const rows = await sql.rows<OrderRow>(
    `SELECT o.snapshot, o.group_id FROM orders o JOIN order_group g ON g.id = o.group_id${
      asked.length === 0 ? "" : ` WHERE ${asked.map(([text]) => text).join(" AND ")}`
    } ORDER BY o.id DESC LIMIT ?`,
    [...values, page.limit],
  );
  return rows.map((row) => ({ order: readSnapshot<Order>(row.snapshot), groupId: row.group_id }));
}

/** COMPLETED orders placed before `beforeMs`, the oldest first, after the order `afterId`. */
export async function listCompleted(
  sql: Sql,
  beforeMs: number,
  page: { readonly after: { readonly createMs: number; readonly id: string } | undefined; readonly limit: number },
): Promise<readonly { order: Order; groupId: string }[]> {
  const { createMs = 0, id = "" } = page.after ?? {};
  const rows = await sql.rows<OrderRow>(
    `SELECT snapshot, group_id FROM orders WHERE state = 'completed' AND create_ms <= ? AND (create_ms, id) > (?, ?)
     ORDER BY create_ms, id LIMIT ?`,
    [beforeMs, createMs, id, page.limit],
  );
  return rows.map((row) => ({ order: readSnapshot<Order>(row.snapshot), groupId: row.group_id }));
}
