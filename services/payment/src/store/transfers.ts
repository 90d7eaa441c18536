import { money } from "@shopmesh/kernel";
import type { Sql, Tx } from "@shopmesh/mesh";
import type { TransferRow } from "../schema/payments.ts";
import type { Book, TakingPart, Transfer } from "../book.ts";
import type { GiftPart } from "../tender.ts";

/** The transfers of payments by the payment's id, oldest first. */
export async function findTransfers(
  sql: Sql,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Transfer[]>> {
  const found = new Map<string, Transfer[]>();
  if (paymentIds.length === 0) return found;
  const rows = await sql.rows<TransferRow>("SELECT * FROM transfer WHERE payment_id IN (?) ORDER BY create_ms, id", [
    paymentIds,
  ]);
  for (const row of rows) {
    const transfers = found.get(row.payment_id) ?? [];
    transfers.push(transferOf(row));
    found.set(row.payment_id, transfers);
  }
  return found;
}

/** What is new or other in `after`. */
export function changedTransfers(before: Book, after: Book): readonly Transfer[] {
  return after.transfers.filter((transfer) => !before.transfers.includes(transfer));
}

/** Inserts new transfers and writes the state of known ones, by one statement. */
export async function writeTransfers(tx: Tx, paymentId: string, transfers: readonly Transfer[]): Promise<void> {
  if (transfers.length === 0) return;
  const rows = transfers.map((transfer) => Object.values(columnsOf(transfer, paymentId)));
  const marks = rows.map((row) => `(${row.map(() => "?").join(", ")})`).join(", ");
  await tx.execute(
    `INSERT INTO transfer
       (id, payment_id, kind, state, currency, amount, tax, platform_share, gift_parts, taking_parts, moves, is_final, attempt, reference,
        reason, failure_reason, create_ms, update_ms)
     VALUES ${marks}
     ON DUPLICATE KEY UPDATE state = VALUES(state), tax = VALUES(tax),
       platform_share = VALUES(platform_share), gift_parts = VALUES(gift_parts), taking_parts = VALUES(taking_parts), moves = VALUES(moves),
       is_final = VALUES(is_final), attempt = VALUES(attempt), reference = VALUES(reference),
       failure_reason = VALUES(failure_reason), create_ms = VALUES(create_ms), update_ms = VALUES(update_ms)`,
    rows.flat(),
  );
}

function transferOf(row: TransferRow): Transfer {
  return {
    id: row.id,
    kind: row.kind as Transfer["kind"],
    state: row.state as Transfer["state"],
    amount: money(row.currency, BigInt(row.amount)),
    tax: BigInt(row.tax),
    platformShare: BigInt(row.platform_share),
    gifts: partsOf<GiftPart>(row.gift_parts),
    outOf: partsOf<TakingPart>(row.taking_parts),
    moves: BigInt(row.moves),
    isFinal: row.is_final === 1,
    attempt: row.attempt,
    reference: row.reference,
    reason: row.reason,
    failureReason: row.failure_reason,
    createMs: Number(row.create_ms),
    updateMs: Number(row.update_ms),
  };
}

function columnsOf(transfer: Transfer, paymentId: string) {
  return {
    id: transfer.id,
    payment_id: paymentId,
    kind: transfer.kind,
    state: transfer.state,
    currency: transfer.amount.currencyCode,
    amount: transfer.amount.minorUnits,
    tax: transfer.tax,
    platform_share: transfer.platformShare,
    gift_parts: textOf(transfer.gifts),
    taking_parts: textOf(transfer.outOf),
    moves: transfer.moves,
    is_final: transfer.isFinal,
    attempt: transfer.attempt,
    reference: transfer.reference,
    reason: transfer.reason,
    failure_reason: transfer.failureReason,
    create_ms: transfer.createMs,
    update_ms: transfer.updateMs,
  };
}

type Part = { readonly minorUnits: bigint };

/** JSON knows no whole numbers as large as amounts may be. */
type Stored<P extends Part> = Omit<P, "minorUnits"> & { readonly minorUnits: string };

function partsOf<P extends Part>(text: string | null): readonly P[] {
  if (text === null) return [];
  return (JSON.parse(text) as readonly Stored<P>[]).map(
    (part) => ({ ...part, minorUnits: BigInt(part.minorUnits) }) as unknown as P,
  );
}

function textOf(parts: readonly Part[]): string | null {
  if (parts.length === 0) return null;
  return JSON.stringify(parts.map((part) => ({ ...part, minorUnits: String(part.minorUnits) })));
}
