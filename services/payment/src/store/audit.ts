import type { Sql } from "@shopmesh/mesh";

/** What is wrong in the books; all empty where nothing is. */
export type Audit = {
  readonly imbalances: readonly { readonly currency: string; readonly minorUnits: bigint }[];
  /** Movements whose sides do not add up to zero in each currency. */
  readonly brokenMovements: readonly string[];
  /** Gift cards whose counters are not the sums of their ledger, or whose currency's liability is not what is on the cards. */
  readonly wrongGiftCards: readonly string[];
};

const MOST = 100;

/** What debits and credits differ by in each currency that is booked: nothing, unless something is wrong. */
export async function sumCurrencies(
  sql: Sql,
): Promise<readonly { readonly currency: string; readonly minorUnits: bigint }[]> {
  const rows = await sql.rows<{ currency: string; total: string }>(
    "SELECT currency, CAST(SUM(amount) AS CHAR) AS total FROM ledger_entry GROUP BY currency",
  );
  return rows.map(({ currency, total }) => ({ currency, minorUnits: BigInt(total) }));
}

/** Adds up what was booked up to `untilMs`, and keeps the sums: what is told of the books goes on from there. */
export async function keepImbalances(sql: Sql, untilMs: number): Promise<void> {
  await sql.execute(
    `INSERT INTO ledger_audit (currency, imbalance, until_ms)
     SELECT currency, SUM(amount), ? FROM ledger_entry WHERE create_ms <= ? GROUP BY currency
     ON DUPLICATE KEY UPDATE imbalance = VALUES(imbalance), until_ms = VALUES(until_ms)`,
    [untilMs, untilMs],
  );
}

/** As sumCurrencies, without reading again what has been added up. */
export async function readImbalances(
  sql: Sql,
): Promise<readonly { readonly currency: string; readonly minorUnits: bigint }[]> {
  const rows = await sql.rows<{ currency: string; total: string }>(
    `SELECT currency, CAST(SUM(amount) AS CHAR) AS total FROM (
       SELECT currency, imbalance AS amount FROM ledger_audit
       UNION ALL
       SELECT currency, SUM(amount) FROM ledger_entry
       WHERE create_ms > (SELECT COALESCE(MAX(until_ms), -1) FROM ledger_audit) GROUP BY currency
     ) sums GROUP BY currency`,
  );
  return rows.map(({ currency, total }) => ({ currency, minorUnits: BigInt(total) }));
}

/** Adds the books up. */
export async function auditBooks(sql: Sql): Promise<Audit> {
  const [sums, movements, cards, liabilities] = await Promise.all([
    sumCurrencies(sql),
    sql.rows<{ movement_id: string }>(
      `SELECT movement_id FROM ledger_entry GROUP BY movement_id, currency HAVING SUM(amount) <> 0 LIMIT ${MOST}`,
    ),
    sql.rows<{ id: string }>(
      `SELECT card.id FROM gift_card card LEFT JOIN gift_card_entry entry ON entry.gift_card_id = card.id
       GROUP BY card.id, card.balance, card.held
       HAVING card.balance <> COALESCE(SUM(entry.balance_delta), 0) OR card.held <> COALESCE(SUM(entry.held_delta), 0)
       LIMIT ${MOST}`,
    ),
    sql.rows<{ currency: string }>(
      `SELECT currency FROM (
         SELECT currency, balance AS amount FROM gift_card
         UNION ALL SELECT currency, -amount FROM ledger_entry WHERE account = 'gift_card_liability'
       ) both_sides GROUP BY currency HAVING SUM(amount) <> 0`,
    ),
  ]);
  return {
    imbalances: sums.filter(({ minorUnits }) => minorUnits !== 0n),
    brokenMovements: movements.map((row) => row.movement_id),
    wrongGiftCards: [...cards.map(({ id }) => id), ...liabilities.map(({ currency }) => `all in ${currency}`)],
  };
}
