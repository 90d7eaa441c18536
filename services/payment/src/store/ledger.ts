import { DomainError, type Money, money } from "@shopmesh/kernel";
import type { Sql, SqlValue, Tx } from "@shopmesh/mesh";
import { balanced, type Movement } from "../ledger.ts";
import type { LedgerRow } from "../schema/payments.ts";
import type { BookedParts } from "../transfer.ts";

/** One side of a movement as it was booked. */
export type LedgerEntry = {
  readonly id: string;
  readonly movementId: string;
  readonly kind: Movement["kind"];
  readonly account: string;
  readonly amount: Money;
  readonly paymentId: string;
  readonly orderGroupId: string;
  readonly createMs: number;
};

/** What one thing moved: a transfer, a dispute, a gift card's issue. Payment and group are empty where it is none's. */
export type BookedMovements = {
  readonly transferId: string;
  readonly paymentId: string;
  readonly orderGroupId: string;
  readonly movements: readonly Movement[];
};

/**
 * Books what moved, by one statement; nothing for nothing. A movement that does not balance is refused by an Error, a second
 * one of its kind for the same transfer by DUPLICATE.
 */
export async function insertMovements(
  tx: Tx,
  booked: readonly BookedMovements[],
  world: { readonly nowMs: number; readonly newId: () => string },
): Promise<void> {
  const rows = booked.flatMap(({ transferId, paymentId, orderGroupId, movements }) =>
    movements.map(balanced).flatMap(({ kind, sides }) => {
      const movementId = world.newId();
      return sides.map(({ account, amount }) => ({
        id: world.newId(),
        movement_id: movementId,
        transfer_id: transferId,
        kind,
        account,
        currency: amount.currencyCode,
        amount: amount.minorUnits,
        payment_id: paymentId,
        order_group_id: orderGroupId,
        create_ms: world.nowMs,
      }));
    }),
  );
  await tx.insert("ledger_entry", rows);
}

/**
 * Books what moved, unless it is booked already. Throws BOOKING_MISMATCH where the same transfer's id moved something else, and
 * DUPLICATE where another is booking it at this moment.
 */
export async function insertMovementsOnce(
  tx: Tx,
  booked: BookedMovements,
  world: { readonly nowMs: number; readonly newId: () => string },
): Promise<void> {
  const { transferId, orderGroupId, movements } = booked;
  const known = await tx.rows<LedgerRow>("SELECT * FROM ledger_entry WHERE transfer_id = ?", [transferId]);
  if (known.length === 0) return insertMovements(tx, [booked], world);
  const wanted = movements.flatMap(({ kind, sides }) =>
    sides.map(({ account, amount }) => [orderGroupId, kind, account, amount.currencyCode, amount.minorUnits].join(" ")),
  );
  const there = known.map((row) => [row.order_group_id, row.kind, row.account, row.currency, row.amount].join(" "));
  if (wanted.toSorted().join("\n") !== there.toSorted().join("\n"))
    throw new DomainError("precondition", "BOOKING_MISMATCH", { booking_id: transferId });
}

/**
 * What of a marketplace's share, and of its tax, is booked for the payment's order group beside all payments and not taken back:
 * of parcels of which the buyer pays nothing.
 */
export async function sumBookedBeside(sql: Sql, paymentId: string): Promise<BookedParts> {
  const [sums] = await sql.rows<{ tax: string; share: string }>(
    `SELECT CAST(COALESCE(SUM(IF(account = 'tax_payable', amount, 0)), 0) AS CHAR) AS tax,
            CAST(COALESCE(SUM(IF(kind LIKE 'platform-share%' AND account = 'seller_payable', amount, 0)), 0) AS CHAR) AS share
     FROM ledger_entry
     WHERE payment_id = '' AND order_group_id = (SELECT order_group_id FROM payment WHERE id = ?)`,
    [paymentId],
  );
  return { tax: BigInt(sums?.tax ?? 0), platformShare: BigInt(sums?.share ?? 0) };
}

export type LedgerFilter = { readonly paymentId: string; readonly account: string };

/** A page of the entries that fit, newest first. */
export async function listEntries(
  sql: Sql,
  filter: LedgerFilter,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<readonly LedgerEntry[]> {
  const { where, values } = conditionsOf(filter, page.afterId);
  const rows = await sql.rows<LedgerRow>(`SELECT * FROM ledger_entry${where} ORDER BY id DESC LIMIT ?`, [
    ...values,
    page.limit,
  ]);
  return rows.map((row) => ({
    id: row.id,
    movementId: row.movement_id,
    kind: row.kind as Movement["kind"],
    account: row.account,
    amount: money(row.currency, BigInt(row.amount)),
    paymentId: row.payment_id,
    orderGroupId: row.order_group_id,
    createMs: Number(row.create_ms),
  }));
}

/** The sum of each account in each currency over all entries that fit. */
export async function sumAccounts(
  sql: Sql,
  filter: LedgerFilter,
): Promise<readonly { readonly account: string; readonly balance: Money }[]> {
  const { where, values } = conditionsOf(filter, undefined);
  const rows = await sql.rows<{ account: string; currency: string; balance: string }>(
    `SELECT account, currency, CAST(SUM(amount) AS CHAR) AS balance FROM ledger_entry${where}
     GROUP BY account, currency ORDER BY account, currency`,
    values,
  );
  return rows.map(({ account, currency, balance }) => ({
    account,
    balance: money(currency, BigInt(balance)),
  }));
}

function conditionsOf({ paymentId, account }: LedgerFilter, afterId: string | undefined) {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  for (const [condition, value] of [
    ["payment_id = ?", paymentId],
    ["account = ?", account],
    ["id < ?", afterId ?? ""],
  ] as const) {
    if (value === "") continue;
    conditions.push(condition);
    values.push(value);
  }
  return { where: conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`, values };
}
