import type { SQLInputValue } from "node:sqlite";
import type { Database } from "./database.ts";

export type LedgerOperation = "authorize" | "charge" | "capture" | "refund" | "void" | "expire" | "decline";

/** One movement (or refusal) of money as the provider knows it: the outside truth that a shop is compared with. */
export type LedgerEntry = {
  readonly id: number;
  readonly atMs: number;
  readonly provider: string;
  readonly operation: LedgerOperation;
  readonly intentId: string;
  readonly chargeId: string | null;
  readonly refundId: string | null;
  /** In the currency's minor unit; never negative. */
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly idempotencyKey: string | null;
  readonly requestId: string | null;
};

/** Sums of one currency. `net` is what the shop got and kept; `held` is authorised and neither taken nor let go. */
export type LedgerTotal = {
  readonly captured: number;
  readonly refunded: number;
  readonly net: number;
  readonly held: number;
};

export type LedgerFilter = {
  readonly intentId?: string;
  readonly metadata: Readonly<Record<string, string>>;
};

export type Ledger = {
  readonly append: (entry: Omit<LedgerEntry, "id" | "atMs">) => void;
  readonly list: (filter: LedgerFilter) => readonly LedgerEntry[];
};

type LedgerRow = {
  readonly id: number;
  readonly at_ms: number;
  readonly provider: string;
  readonly operation: LedgerOperation;
  readonly intent_id: string;
  readonly charge_id: string | null;
  readonly refund_id: string | null;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: string;
  readonly idempotency_key: string | null;
  readonly request_id: string | null;
};

export function createLedger(database: Database, now: () => number): Ledger {
  return {
    append(entry) {
      database.run(
        `INSERT INTO ledger (at_ms, provider, operation, intent_id, charge_id, refund_id, amount, currency, metadata,
           idempotency_key, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        now(),
        entry.provider,
        entry.operation,
        entry.intentId,
        entry.chargeId,
        entry.refundId,
        entry.amount,
        entry.currency,
        JSON.stringify(entry.metadata),
        entry.idempotencyKey,
        entry.requestId,
      );
    },
    list({ intentId, metadata }) {
      const conditions = ["1 = 1"];
      const values: SQLInputValue[] = [];
      if (intentId !== undefined) {
        conditions.push("intent_id = ?");
        values.push(intentId);
      }
      for (const [key, value] of Object.entries(metadata)) {
        conditions.push("EXISTS (SELECT 1 FROM json_each(ledger.metadata) WHERE key = ? AND value = ?)");
        values.push(key, value);
      }
      return database
        .all<LedgerRow>(`SELECT * FROM ledger WHERE ${conditions.join(" AND ")} ORDER BY id`, ...values)
        .map(toEntry);
    },
  };
}

/** The sums of these entries, per currency. */
export function ledgerTotals(entries: readonly LedgerEntry[]): Readonly<Record<string, LedgerTotal>> {
  const totals: Record<string, LedgerTotal> = {};
  for (const { currency, operation, amount } of entries) {
    const { captured, refunded, held } = totals[currency] ?? { captured: 0, refunded: 0, held: 0 };
    const isCaptured = operation === "charge" || operation === "capture";
    const heldChange = {
      authorize: amount,
      capture: -amount,
      void: -amount,
      expire: -amount,
      charge: 0,
      refund: 0,
      decline: 0,
    };
    const next = {
      captured: captured + (isCaptured ? amount : 0),
      refunded: refunded + (operation === "refund" ? amount : 0),
      held: held + heldChange[operation],
    };
    totals[currency] = { ...next, net: next.captured - next.refunded };
  }
  return totals;
}

function toEntry(row: LedgerRow): LedgerEntry {
  return {
    id: row.id,
    atMs: row.at_ms,
    provider: row.provider,
    operation: row.operation,
    intentId: row.intent_id,
    chargeId: row.charge_id,
    refundId: row.refund_id,
    amount: row.amount,
    currency: row.currency,
    metadata: JSON.parse(row.metadata),
    idempotencyKey: row.idempotency_key,
    requestId: row.request_id,
  };
}
