import { DomainError } from "@shopmesh/kernel";
import { type Call, type Owner, type Sql, type SqlValue, type Tx, assignmentsOf } from "@shopmesh/mesh";
import { type Cart, cartChanged, expiryOf, restsSince } from "../cart.ts";
import type { CartRow } from "../schema.ts";
import { readItems, writeItems } from "./items.ts";

const COLUMNS =
  "id, version, state, customer_id, guest_token_hash, items, coupon_code, order_group_id, merged_into_id, taken_over, create_ms, update_ms";

/** The cart; throws CART_NOT_FOUND. */
export function findCart(sql: Sql, id: string): Promise<Cart> {
  return readCart(sql, id, "");
}

/** As findCart, the row locked until the transaction ends. */
export function lockCart(tx: Tx, id: string): Promise<Cart> {
  return readCart(tx, id, " FOR UPDATE");
}

/** The open cart of a customer. */
export async function findOpenCart(sql: Sql, customerId: string): Promise<Cart | undefined> {
  const row = await sql.row<CartRow>(`SELECT ${COLUMNS} FROM cart WHERE open_customer_id = ?`, [customerId]);
  return row === undefined ? undefined : cartOf(row);
}

const readForOwner = new WeakMap<object, Cart>();

/** Whose a cart is. */
export async function findCartOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<CartRow>(`SELECT ${COLUMNS} FROM cart WHERE id = ?`, [id]);
  if (row === undefined) return undefined;
  const cart = cartOf(row);
  const { customerId: personId, guestTokenHash } = cart;
  const owner = { personId, guestTokenHashes: guestTokenHash === undefined ? [] : [guestTokenHash] };
  readForOwner.set(owner, cart);
  return owner;
}

/** The cart that a call is about: as its owner was found by, for once; whoever asks again reads it. */
export async function findOwnCart({ sql, owner }: Pick<Call, "sql" | "owner">, id: string): Promise<Cart> {
  const read = owner === undefined ? undefined : readForOwner.get(owner);
  if (owner === undefined || read?.id !== id) return findCart(sql, id);
  readForOwner.delete(owner);
  return read;
}

/** Writes a new cart; false, and nothing written, where its customer has an open one. */
export async function insertCart(tx: Tx, cart: Cart): Promise<boolean> {
  const row = {
    ...columnsOf(cart),
    id: cart.id,
    customer_id: cart.customerId ?? null,
    guest_token_hash: cart.guestTokenHash ?? null,
    create_ms: cart.createMs,
  };
  const names = Object.keys(row);
  const written = await tx.execute(
    `INSERT IGNORE INTO cart (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    Object.values(row),
  );
  return written === 1;
}

/** Writes the change from `before` to `after` with the commit, which throws CART_CHANGED where the cart is no longer as `before`. */
export function updateCartLast(tx: Tx, before: Cart, after: Cart): void {
  const { list, values } = assignmentsOf(columnsOf(after));
  tx.executeLast(`UPDATE cart SET ${list} WHERE id = ? AND version = ?`, [...values, before.id, before.version], {
    rows: 1,
    otherwise: () => cartChanged(before),
  });
}

/** Writes what its owner has seen of the cart, which is no change of it; false where it is another version by now. */
export async function updateLooks(sql: Sql, { id, version, items }: Cart): Promise<boolean> {
  const statement = "UPDATE cart SET items = ? WHERE id = ? AND version = ?";
  return (await sql.execute(statement, [writeItems(items), id, version])) === 1;
}

/** Notes that an order group took its goods out of a cart; false where it had. The cart's row is locked. */
export async function insertPurchase(
  tx: Tx,
  { cartId, orderGroupId }: { readonly cartId: string; readonly orderGroupId: string },
): Promise<boolean> {
  const statement = "INSERT IGNORE INTO cart_purchase (cart_id, order_group_id) VALUES (?, ?)";
  return (await tx.execute(statement, [cartId, orderGroupId])) === 1;
}

/** Forgets carts that nobody used until `nowMs`, at most `limit`; how many. */
export async function sweepCarts(sql: Sql, nowMs: number, limit: number): Promise<number> {
  const rows = await sql.rows<CartRow>("SELECT id FROM cart WHERE expire_ms < ? LIMIT ?", [nowMs, limit]);
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  // Whoever changes one of them meanwhile keeps it.
  await sql.execute("DELETE FROM cart WHERE id IN (?) AND expire_ms < ?", [ids, nowMs]);
  const orphans =
    "DELETE p FROM cart_purchase p LEFT JOIN cart c ON c.id = p.cart_id WHERE p.cart_id IN (?) AND c.id IS NULL";
  await sql.execute(orphans, [ids]);
  return rows.length;
}

/** Carts with goods in them that nobody has changed since `beforeMs`, at most `limit`, no longer resting: each is given once. */
export async function takeAbandoned(tx: Tx, beforeMs: number, limit: number): Promise<readonly Cart[]> {
  const rows = await tx.rows<CartRow>(
    `SELECT ${COLUMNS} FROM cart WHERE rest_since_ms < ? ORDER BY rest_since_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
    [beforeMs, limit],
  );
  if (rows.length > 0)
    await tx.execute("UPDATE cart SET rest_since_ms = NULL WHERE id IN (?)", [rows.map(({ id }) => id)]);
  return rows.map(cartOf);
}

async function readCart(sql: Sql, id: string, lock: "" | " FOR UPDATE"): Promise<Cart> {
  const row = await sql.row<CartRow>(`SELECT ${COLUMNS} FROM cart WHERE id = ?${lock}`, [id]);
  if (row === undefined) throw new DomainError("not-found", "CART_NOT_FOUND", { cart_id: id });
  return cartOf(row);
}

function columnsOf(cart: Cart): Readonly<Record<string, SqlValue>> {
  return {
    version: cart.version,
    state: cart.state,
    open_customer_id: cart.state === "open" ? (cart.customerId ?? null) : null,
    items: writeItems(cart.items),
    coupon_code: cart.couponCode,
    order_group_id: cart.orderGroupId === "" ? null : cart.orderGroupId,
    merged_into_id: cart.mergedInto === "" ? null : cart.mergedInto,
    taken_over: cart.takenOver.join(" "),
    update_ms: cart.updateMs,
    rest_since_ms: restsSince(cart) ?? null,
    expire_ms: expiryOf(cart) ?? null,
  };
}

function cartOf(row: CartRow): Cart {
  return {
    id: row.id,
    version: Number(row.version),
    state: row.state as Cart["state"],
    customerId: row.customer_id ?? undefined,
    guestTokenHash: row.guest_token_hash ?? undefined,
    items: readItems(row.items),
    couponCode: row.coupon_code,
    orderGroupId: row.order_group_id ?? "",
    mergedInto: row.merged_into_id ?? "",
    takenOver: row.taken_over.split(" ").filter((id) => id !== ""),
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}
