import { DomainError, money } from "@shopmesh/kernel";
import { type Owner, type Sql, type SqlValue, type Tx, assignmentsOf } from "@shopmesh/mesh";
import type { Authorization, Payment, PaymentState } from "../payment.ts";
import type { PaymentRow } from "../schema/payments.ts";
import type { Book } from "../book.ts";
import type { ProviderName } from "../provider.ts";
import type { GiftTender } from "../tender.ts";
import { changedTransfers, findTransfers, writeTransfers } from "./transfers.ts";

const TOMBSTONE = "tombstone";

/** Writes a new payment; false, and nothing written, where its id is known or was voided before. */
export async function insertPayment(sql: Pick<Sql, "execute">, payment: Payment): Promise<boolean> {
  const row = columnsOf(payment);
  const names = Object.keys(row);
  const marks = names.map(() => "?").join(", ");
  const statement = `INSERT IGNORE INTO payment (${names.join(", ")}) VALUES (${marks})`;
  return (await sql.execute(statement, Object.values(row))) === 1;
}

/** Refuses a later authorisation of `id`; nothing where the id is known. */
export async function insertTombstone(tx: Tx, id: string, nowMs: number): Promise<void> {
  await tx.execute(
    `INSERT IGNORE INTO payment
       (id, order_group_id, version, state, currency, amount, taken, refunded, failure_reason, action_url, card_brand,
        card_last_four, is_multicapture, reference, authorization, create_ms, update_ms)
     VALUES (?, '', 1, '${TOMBSTONE}', 'XXX', 0, 0, 0, '', '', '', '', 0, '', '', ?, ?)`,
    [id, nowMs, nowMs],
  );
}

/** The payment with its transfers; undefined where there is none. */
export function findBook(sql: Sql, id: string): Promise<Book | undefined> {
  return readBook(sql, id, "");
}

/** The payment that a provider calls so; undefined where there is none. */
export async function findBookByReference(
  sql: Sql,
  provider: ProviderName,
  reference: string,
): Promise<Book | undefined> {
  // Many have no name there yet.
  if (reference === "") return undefined;
  const row = await sql.row<{ id: string }>("SELECT id FROM payment WHERE reference = ? AND provider = ?", [
    reference,
    provider,
  ]);
  return row === undefined ? undefined : findBook(sql, row.id);
}

/** The payments of these ids with their transfers, by their id. */
export async function findBooks(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, Book>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.rows<PaymentRow>("SELECT * FROM payment WHERE id IN (?) AND state <> ?", [ids, TOMBSTONE]);
  const books = await booksOf(sql, rows);
  return new Map(books.map((book) => [book.payment.id, book]));
}

/** The payment with its transfers. Throws PAYMENT_NOT_FOUND. */
export async function requireBook(sql: Sql, id: string): Promise<Book> {
  return (await findBook(sql, id)) ?? notFound(id);
}

/** As requireBook, the payment's row locked until the transaction ends: whoever changes a payment holds it. */
export async function lockBook(tx: Tx, id: string): Promise<Book> {
  return (await readBook(tx, id, " FOR UPDATE")) ?? notFound(id);
}

/** Whether the id was voided before anybody authorised it. */
export async function isTombstone(sql: Sql, id: string): Promise<boolean> {
  const row = await sql.row("SELECT 1 FROM payment WHERE id = ? AND state = ?", [id, TOMBSTONE]);
  return row !== undefined;
}

/** Writes what changed from `before` to `after`; the caller holds the payment's lock. */
export async function updateBook(tx: Tx, before: Book, after: Book): Promise<void> {
  const { statement, values } = updateOf(before, after);
  if (after.payment !== before.payment && (await tx.execute(statement, values)) !== 1) throw contention(after);
  await writeTransfers(tx, after.payment.id, changedTransfers(before, after));
}

/** As updateBook, the payment's row with the commit, which is tried again where it is no longer as `before`. */
export async function updateBookLast(tx: Tx, before: Book, after: Book): Promise<void> {
  const { statement, values } = updateOf(before, after);
  // Also where only transfers changed: its version says that nobody else did.
  tx.executeLast(statement, values, { rows: 1, otherwise: () => contention(after), isRace: true });
  await writeTransfers(tx, after.payment.id, changedTransfers(before, after));
}

function updateOf({ payment: { version } }: Book, { payment }: Book) {
  const { list, values } = assignmentsOf(changingColumnsOf(payment));
  return {
    statement: `UPDATE payment SET ${list} WHERE id = ? AND version = ?`,
    values: [...values, payment.id, version],
  };
}

function contention({ payment }: Book): DomainError {
  return new DomainError("aborted", "PAYMENT_CONTENTION", { payment_id: payment.id });
}

export async function findPaymentOwner(id: string, sql: Sql): Promise<Owner | undefined> {
  const row = await sql.row<Pick<PaymentRow, "person_id" | "guest_token_hash">>(
    "SELECT person_id, guest_token_hash FROM payment WHERE id = ? AND state <> ?",
    [id, TOMBSTONE],
  );
  if (row === undefined) return undefined;
  return {
    personId: row.person_id ?? undefined,
    guestTokenHashes: row.guest_token_hash === null ? [] : [row.guest_token_hash],
  };
}

/** The ids of at most `limit` payments that the provider is to be asked about by `nowMs`, the longest due first. */
export async function findDue(sql: Sql, nowMs: number, limit: number): Promise<readonly string[]> {
  const rows = await sql.rows<{ id: string }>("SELECT id FROM payment WHERE ask_ms <= ? ORDER BY ask_ms LIMIT ?", [
    nowMs,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

/** Has the schedule ask about a payment at its next run. */
export async function markDue(tx: Tx, id: string, nowMs: number): Promise<void> {
  await tx.execute("UPDATE payment SET ask_ms = ? WHERE id = ?", [nowMs, id]);
}

/** Has the schedule ask about a payment by `byMs`, if not before. */
export async function hasten(sql: Sql, id: string, byMs: number): Promise<void> {
  await sql.execute("UPDATE payment SET ask_ms = LEAST(COALESCE(ask_ms, ?), ?) WHERE id = ?", [byMs, byMs, id]);
}

/** Has the schedule ask about a payment later: the older it is, the later, a minute to an hour. Whatever else the row holds. */
export async function postpone(sql: Sql, id: string, nowMs: number): Promise<void> {
  await sql.execute(
    "UPDATE payment SET ask_ms = ? + GREATEST(60000, LEAST(3600000, (? - create_ms) DIV 4)) WHERE id = ?",
    [nowMs, nowMs, id],
  );
}

export type PaymentFilter = {
  readonly orderGroupId: string;
  readonly states: readonly PaymentState[];
  readonly limit: number;
  readonly afterId: string | undefined;
};

/** A page of the payments that fit, newest first. */
export async function listBooks(sql: Sql, filter: PaymentFilter): Promise<readonly Book[]> {
  const conditions = ["state <> ?"];
  const values: (SqlValue | readonly SqlValue[])[] = [TOMBSTONE];
  if (filter.orderGroupId !== "") {
    conditions.push("order_group_id = ?");
    values.push(filter.orderGroupId);
  }
  if (filter.states.length > 0) {
    conditions.push("state IN (?)");
    values.push(filter.states);
  }
  if (filter.afterId !== undefined) {
    conditions.push("id < ?");
    values.push(filter.afterId);
  }
  const rows = await sql.rows<PaymentRow>(
    `SELECT * FROM payment WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ?`,
    [...values, filter.limit],
  );
  return booksOf(sql, rows);
}

async function booksOf(sql: Sql, rows: readonly PaymentRow[]): Promise<readonly Book[]> {
  const transfers = await findTransfers(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ payment: paymentOf(row), transfers: transfers.get(row.id) ?? [] }));
}

/** Only these can have transfers: nothing is taken before it is promised. */
const withoutTransfers = new Set(["created", "unknown", "requires-action", "failed"]);

async function readBook(sql: Sql, id: string, lock: string): Promise<Book | undefined> {
  const row = await sql.row<PaymentRow>(`SELECT * FROM payment WHERE id = ?${lock}`, [id]);
  if (row === undefined || row.state === TOMBSTONE) return undefined;
  if (withoutTransfers.has(row.state)) return { payment: paymentOf(row), transfers: [] };
  const transfers = await findTransfers(sql, [id]);
  return { payment: paymentOf(row), transfers: transfers.get(id) ?? [] };
}

function notFound(id: string): never {
  throw new DomainError("not-found", "PAYMENT_NOT_FOUND", { payment_id: id });
}

function paymentOf(row: PaymentRow): Payment {
  return {
    id: row.id,
    orderGroupId: row.order_group_id,
    version: Number(row.version),
    state: row.state as PaymentState,
    amount: money(row.currency, BigInt(row.amount)),
    taken: money(row.currency, BigInt(row.taken)),
    refunded: money(row.currency, BigInt(row.refunded)),
    voidReason: row.void_reason ?? undefined,
    failureReason: row.failure_reason,
    actionUrl: row.action_url,
    actionExpireMs: numberOf(row.action_expire_ms),
    authorizationExpireMs: numberOf(row.authorization_expire_ms),
    cardBrand: row.card_brand,
    cardLastFour: row.card_last_four,
    isMulticapture: row.is_multicapture === 1,
    reference: row.reference,
    provider: row.provider as ProviderName | "",
    gifts: giftsOf(row.gift_tenders),
    isClosed: row.is_closed === 1,
    authorization: { ...unsaid, ...(JSON.parse(row.authorization) as Partial<Authorization>) },
    personId: row.person_id ?? undefined,
    guestTokenHash: row.guest_token_hash ?? undefined,
    askMs: numberOf(row.ask_ms),
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}

/** What rows of before have not. */
const unsaid: Authorization = {
  paymentMethod: "",
  customer: "",
  savedMethodId: "",
  isSaving: false,
  attempt: 1,
  renewing: 0,
  promise: "",
  stray: "",
  orderNumbers: [],
  returnUrl: "",
};

type StoredGift = Omit<GiftTender, "minorUnits"> & { readonly minorUnits: string };

function giftsOf(text: string | null): readonly GiftTender[] {
  if (text === null) return [];
  const stored = JSON.parse(text) as readonly StoredGift[];
  return stored.map((gift) => ({ ...gift, minorUnits: BigInt(gift.minorUnits) }));
}

function numberOf(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}

function columnsOf(payment: Payment) {
  return {
    id: payment.id,
    order_group_id: payment.orderGroupId,
    currency: payment.amount.currencyCode,
    amount: payment.amount.minorUnits,
    person_id: payment.personId ?? null,
    guest_token_hash: payment.guestTokenHash ?? null,
    provider: payment.provider,
    gift_tenders:
      payment.gifts.length === 0
        ? null
        : JSON.stringify(payment.gifts.map((gift): StoredGift => ({ ...gift, minorUnits: String(gift.minorUnits) }))),
    create_ms: payment.createMs,
    ...changingColumnsOf(payment),
  };
}

function changingColumnsOf(payment: Payment) {
  return {
    version: payment.version,
    state: payment.state,
    taken: payment.taken.minorUnits,
    refunded: payment.refunded.minorUnits,
    void_reason: payment.voidReason ?? null,
    failure_reason: payment.failureReason,
    action_url: payment.actionUrl,
    action_expire_ms: payment.actionExpireMs ?? null,
    authorization_expire_ms: payment.authorizationExpireMs ?? null,
    card_brand: payment.cardBrand,
    card_last_four: payment.cardLastFour,
    is_closed: payment.isClosed,
    is_multicapture: payment.isMulticapture,
    reference: payment.reference,
    authorization: JSON.stringify(payment.authorization),
    ask_ms: payment.askMs ?? null,
    update_ms: payment.updateMs,
  };
}
