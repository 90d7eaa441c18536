import { DomainError, parseOrderNumber } from "@shopmesh/kernel";
import type { Owner, Sql, SqlValues, Tx } from "@shopmesh/mesh";
import type { Group, PlacedGroup } from "../group.ts";
import type { Order } from "../order.ts";
import type { Quote } from "../quote.ts";
import type { GroupRow, OrderRow } from "../schema.ts";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";

/** Writes a new group and its orders; false, and nothing written, where this attempt at the cart's version is one already. */
export async function insertGroup(tx: Tx, placed: PlacedGroup, attempt: number): Promise<boolean> {
  const { insert, values } = groupInsert(placed, attempt);
  if ((await tx.execute(`${insert} VALUES (?)`, [values])) === 0) return false;
  insertOrdersLast(tx, placed);
  return true;
}

/**
 * As insertGroup, with the commit, which fails by GROUP_KNOWN where this attempt at the cart's version is one already, and where the quote
 * ends at another time by now: its row is locked, so that whoever ends it finds the group.
 */
export function insertGroupLast(
  tx: Tx,
  placed: PlacedGroup,
  { quote, known }: { readonly quote: Quote; readonly known: CartGroup | undefined },
): void {
  const { insert, values } = groupInsert(placed, (known?.attempt ?? 0) + 1);
  const otherwise = () => new DomainError("exists", "GROUP_KNOWN", { cart_id: placed.group.cartId });
  const select = `${insert} SELECT ? FROM quote WHERE id = ? AND expire_ms = ? LOCK IN SHARE MODE`;
  tx.executeLast(select, [values, quote.id, quote.expireMs], { rows: 1, otherwise });
  insertOrdersLast(tx, placed);
}

function groupInsert({ group }: PlacedGroup, attempt: number) {
  const row = {
    id: group.id,
    version: group.version,
    state: group.state,
    cart_id: group.cartId,
    cart_version: group.cartVersion,
    attempt,
    person_id: group.personId ?? null,
    email: group.email,
    snapshot: writeSnapshot(group),
    create_ms: group.createMs,
    update_ms: group.updateMs,
  };
  return { insert: `INSERT IGNORE INTO order_group (${Object.keys(row).join(", ")})`, values: Object.values(row) };
}

function insertOrdersLast(tx: Tx, { group, orders }: PlacedGroup): void {
  tx.insertLast(
    "orders",
    orders.map((order, position) => ({
      ...columnsOf(order),
      person_id: group.personId ?? null,
      position,
    })),
  );
}

/** What a cart became last. */
export type CartGroup = {
  readonly id: string;
  readonly state: string;
  readonly cartVersion: number;
  readonly attempt: number;
};

export type CartGroupRow = {
  readonly id: string;
  readonly state: string;
  readonly cart_version: string;
  readonly attempt: number;
};

/** Of an order_group `g`. */
export const cartGroupColumns = "g.id, g.state, g.cart_version, g.attempt";

/** The last group that came of the cart, whatever the version. */
export async function findGroupOfCart(sql: Sql, cartId: string): Promise<CartGroup | undefined> {
  const row = await sql.row<CartGroupRow>(
    `SELECT ${cartGroupColumns} FROM order_group g WHERE g.cart_id = ? ORDER BY g.attempt DESC LIMIT 1`,
    [cartId],
  );
  return row === undefined ? undefined : cartGroupOf(row);
}

/** The last group that came of each of these carts. */
export async function findGroupsOfCarts(sql: Sql, cartIds: readonly string[]): Promise<readonly CartGroup[]> {
  const rows = await sql.rows<CartGroupRow>(
    `SELECT ${cartGroupColumns} FROM order_group g LEFT JOIN order_group later
       ON later.cart_id = g.cart_id AND later.attempt > g.attempt WHERE g.cart_id IN (?) AND later.id IS NULL`,
    [cartIds],
  );
  return rows.map(cartGroupOf);
}

/** The group with its orders; throws ORDER_GROUP_NOT_FOUND. */
export function findGroup(sql: Sql, id: string): Promise<PlacedGroup> {
  return readGroup(sql, id, "");
}

/** As findGroup, the group's row locked until the transaction ends: whoever changes a group or its orders holds it. */
export function lockGroup(tx: Tx, id: string): Promise<PlacedGroup> {
  return readGroup(tx, id, " FOR UPDATE");
}

/** The order and its group; `id` is an id or a public number. Throws ORDER_NOT_FOUND. */
export async function findOrder(sql: Sql, id: string): Promise<{ order: Order; placed: PlacedGroup }> {
  const row = await sql.row<{ id: string; group_id: string }>(
    "SELECT id, group_id FROM orders WHERE id = ? OR number = ?",
    [id, parseOrderNumber(id) ?? id],
  );
  if (row === undefined) throw new DomainError("not-found", "ORDER_NOT_FOUND", { order_id: id });
  const placed = await findGroup(sql, row.group_id);
  return { order: orderIn(placed, row.id), placed };
}

/** The order of that id in a group. Throws ORDER_NOT_FOUND. */
export function orderIn({ orders }: PlacedGroup, id: string): Order {
  const order = orders.find((candidate) => candidate.id === id);
  if (order === undefined) throw new DomainError("not-found", "ORDER_NOT_FOUND", { order_id: id });
  return order;
}

/** Whose an order is, by id or number: its buyer's and its seller's. */
export async function findOrderOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<{ person_id: string | null; snapshot: string; seller_id: string }>(
    `SELECT g.person_id, g.snapshot, o.seller_id FROM orders o JOIN order_group g ON g.id = o.group_id WHERE o.id = ? OR o.number = ?`,
    [id, parseOrderNumber(id) ?? id],
  );
  if (row === undefined) return undefined;
  const { guestTokenHashes } = readSnapshot<Group>(row.snapshot);
  return { personId: row.person_id ?? undefined, guestTokenHashes, sellerIds: [row.seller_id] };
}

export async function findGroupOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<GroupRow>("SELECT person_id, snapshot FROM order_group WHERE id = ?", [id]);
  if (row === undefined) return undefined;
  return {
    personId: row.person_id ?? undefined,
    guestTokenHashes: readSnapshot<Group>(row.snapshot).guestTokenHashes,
  };
}

// One statement for all orders that moved, each with its own values. Not by JSON_TABLE, whose table of snapshots is a file on disk.
const own = "ELT(FIELD(id, ?), ?)";
const updateOrders = `UPDATE orders SET version = ${own}, state = ${own}, snapshot = ${own}, update_ms = ${own}
  WHERE id IN (?) AND version = ${own}`;

/** Writes what changed from `before` to `after`; the caller holds the group's lock. Throws GROUP_CONTENTION where it does not. */
export async function updateGroup(tx: Tx, before: PlacedGroup, after: PlacedGroup): Promise<void> {
  for (const { statement, values, rows } of changedRows(before, after)) {
    if ((await tx.execute(statement, values)) !== rows) throw contention(after.group);
  }
  tx.wake(after.group.id);
}

/** As updateGroup, with the commit, which fails by GROUP_CONTENTION where the group is no longer as `before`. */
export function updateGroupLast(tx: Tx, before: PlacedGroup, after: PlacedGroup): void {
  for (const { statement, values, rows } of changedRows(before, after)) {
    tx.executeLast(statement, values, { rows, otherwise: () => contention(after.group), isRace: true });
  }
  tx.wake(after.group.id);
}

function changedRows(
  before: PlacedGroup,
  { group, orders }: PlacedGroup,
): readonly { readonly statement: string; readonly values: SqlValues; readonly rows: number }[] {
  const moved = orders.flatMap((order, index) => {
    const known = before.orders[index];
    if (known === undefined || order === known) return [];
    return { ...order, known: known.version, snapshot: writeSnapshot(order) };
  });
  const ids = moved.map(({ id }) => id);
  const each = (key: "version" | "state" | "snapshot" | "updateMs" | "known") => [
    ids,
    moved.map((order) => order[key]),
  ];
  const ofOrders = {
    statement: updateOrders,
    values: [...each("version"), ...each("state"), ...each("snapshot"), ...each("updateMs"), ids, ...each("known")],
    rows: moved.length,
  };
  const ofGroup = {
    statement:
      "UPDATE order_group SET version = ?, state = ?, snapshot = ?, update_ms = ? WHERE id = ? AND version = ?",
    values: [group.version, group.state, writeSnapshot(group), group.updateMs, group.id, before.group.version],
    rows: 1,
  };
  return [...(group === before.group ? [] : [ofGroup]), ...(moved.length === 0 ? [] : [ofOrders])];
}

/** The groups of these ids, without their orders. */
export async function findGroups(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, Group>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.rows<GroupRow>("SELECT id, snapshot FROM order_group WHERE id IN (?)", [ids]);
  return new Map(rows.map((row) => [row.id, readSnapshot<Group>(row.snapshot)]));
}

/** Whether a group was ordered with this e-mail address, in whatever case. */
export async function isGroupOfEmail(sql: Sql, id: string, email: string): Promise<boolean> {
  return (await sql.row("SELECT 1 FROM order_group WHERE id = ? AND email = ?", [id, email])) !== undefined;
}

export function cartGroupOf({ id, state, cart_version: cartVersion, attempt }: CartGroupRow): CartGroup {
  return { id, state, cartVersion: Number(cartVersion), attempt };
}

function contention({ id }: Group): DomainError {
  return new DomainError("aborted", "GROUP_CONTENTION", { order_group_id: id });
}

async function readGroup(sql: Sql, id: string, lock: "" | " FOR UPDATE"): Promise<PlacedGroup> {
  const rows = await sql.rows<OrderRow & { group_snapshot: string }>(
    `SELECT g.snapshot AS group_snapshot, o.snapshot FROM order_group g JOIN orders o ON o.group_id = g.id
     WHERE g.id = ? ORDER BY o.position${lock}`,
    [id],
  );
  const [first] = rows;
  if (first === undefined) throw new DomainError("not-found", "ORDER_GROUP_NOT_FOUND", { order_group_id: id });
  return {
    group: readSnapshot<Group>(first.group_snapshot),
    orders: rows.map(({ snapshot }) => readSnapshot<Order>(snapshot)),
  };
}

function columnsOf(order: Order) {
  return {
    id: order.id,
    number: order.number,
    group_id: order.groupId,
    version: order.version,
    state: order.state,
    seller_id: order.sellerId,
    snapshot: writeSnapshot(order),
    create_ms: order.createMs,
    update_ms: order.updateMs,
  };
}
