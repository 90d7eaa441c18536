import { DomainError } from "@shopmesh/kernel";
import type { Owner, Sql, SqlValue, Tx } from "@shopmesh/mesh";
import type { Group } from "../group.ts";
import type { Order } from "../order.ts";
import type { Return } from "../return.ts";
import { returnIn } from "../returning.ts";
import type { GroupRow, OrderRow, ReturnRow } from "../schema.ts";
import { readSnapshot } from "../snapshot.ts";

/** A return with its order. */
export type FoundReturn = { readonly one: Return; readonly order: Order };

/** Lets returns that are new or moved be found; the caller holds the group's lock. */
export async function indexReturns(tx: Tx, before: Order, after: Order, personId: string | undefined): Promise<void> {
  const known = new Map(before.returns?.map((one) => [one.id, one]));
  const all = after.returns ?? [];
  await tx.insert(
    "order_return",
    all.filter(({ id }) => !known.has(id)).map((one) => rowOf(one, after, personId)),
  );
  for (const one of all) {
    const old = known.get(one.id);
    if (old === undefined || (old.state === one.state && old.escalateMs === one.escalateMs)) continue;
    await tx.execute("UPDATE order_return SET state = ?, is_escalated = ? WHERE id = ?", [
      one.state,
      one.escalateMs !== undefined,
      one.id,
    ]);
  }
}

/** The return and its order. Throws RETURN_NOT_FOUND. */
export async function findReturn(sql: Sql, id: string): Promise<FoundReturn> {
  const row = await sql.row<Pick<OrderRow, "snapshot">>(
    "SELECT o.snapshot FROM order_return r JOIN orders o ON o.id = r.order_id WHERE r.id = ?",
    [id],
  );
  if (row === undefined) throw new DomainError("not-found", "RETURN_NOT_FOUND", { return_id: id });
  const order = readSnapshot<Order>(row.snapshot);
  return { one: returnIn(order, id), order };
}

/** Whose a return is: its buyer's and its seller's. */
export async function findReturnOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<Pick<GroupRow, "snapshot"> & Pick<ReturnRow, "person_id" | "seller_id">>(
    "SELECT r.person_id, r.seller_id, g.snapshot FROM order_return r JOIN order_group g ON g.id = r.group_id WHERE r.id = ?",
    [id],
  );
  if (row === undefined) return undefined;
  const { guestTokenHashes } = readSnapshot<Group>(row.snapshot);
  return { personId: row.person_id ?? undefined, guestTokenHashes, sellerIds: [row.seller_id] };
}

/** Which returns; an undefined or empty field does not narrow. */
export type ReturnFilter = {
  readonly personId?: string | undefined;
  readonly sellerId?: string | undefined;
  readonly orderId?: string | undefined;
  readonly states: readonly string[];
  readonly isEscalated?: boolean;
};

/** A page of the returns that fit, newest first, before the return `afterId`. */
export async function listReturns(
  sql: Sql,
  filter: ReturnFilter,
  page: { readonly afterId: string | undefined; readonly limit: number },
): Promise<readonly FoundReturn[]> {
  const conditions: readonly (readonly [string, SqlValue | readonly SqlValue[] | undefined])[] = [
    ["r.person_id = ?", filter.personId],
    ["r.seller_id = ?", filter.sellerId],
    ["r.order_id = ?", filter.orderId],
    ["r.state IN (?)", filter.states.length === 0 ? undefined : filter.states],
    ["r.is_escalated = ?", filter.isEscalated === true ? true : undefined],
    ["r.id < ?", page.afterId],
  ];
  const asked = conditions.flatMap(([text, value]) => (value === undefined ? [] : [{ text, value }]));
  const rows = await sql.rows<Pick<ReturnRow, "id"> & Pick<OrderRow, "snapshot">>(
    `SELECT r.id, o.snapshot FROM order_return r JOIN orders o ON o.id = r.order_id
     WHERE ${["TRUE", ...asked.map(({ text }) => text)].join(" AND ")} ORDER BY r.id DESC LIMIT ?`,
    [...asked.map(({ value }) => value), page.limit],
  );
  return rows.map(({ id, snapshot }) => {
    const order = readSnapshot<Order>(snapshot);
    return { one: returnIn(order, id), order };
  });
}

function rowOf(one: Return, order: Order, personId: string | undefined): Readonly<Record<string, SqlValue>> {
  return {
    id: one.id,
    order_id: order.id,
    group_id: order.groupId,
    seller_id: order.sellerId,
    person_id: personId ?? null,
    state: one.state,
    is_escalated: one.escalateMs !== undefined,
    create_ms: one.createMs,
  };
}
