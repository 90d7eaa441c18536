import { PayPalRefusal } from "./refusal.ts";
import { moneyOf } from "./units.ts";
import { timeOf } from "./views.ts";
import type { PayPalCall, PayPalWorld } from "./world.ts";

type Row = {
  readonly id: string;
  readonly code: string;
  readonly custom_id: string;
  readonly currency: string;
  readonly amount: number;
  readonly at_ms: number;
};

const longestMs = 31 * 24 * 3_600_000;

/** PayPal's list of what moved in a time of at most 31 days, oldest first. */
export function listTransactions(world: PayPalWorld, { query }: PayPalCall): object {
  const [fromMs, toMs] = [Date.parse(query.get("start_date") ?? ""), Date.parse(query.get("end_date") ?? "")];
  if (!(toMs >= fromMs) || toMs - fromMs > longestMs) {
    throw new PayPalRefusal(
      400,
      "INVALID_REQUEST",
      "INVALID_DATE_RANGE",
      "The date range is greater than 31 days, or none.",
    );
  }
  const size = Number(query.get("page_size") ?? 100);
  const page = Number(query.get("page") ?? 1);
  const code = query.get("transaction_type") ?? "%";
  const where = "FROM paypal_transactions WHERE at_ms BETWEEN ? AND ? AND code LIKE ?";
  const total =
    world.database.first<{ readonly n: number }>(`SELECT COUNT(*) AS n ${where}`, fromMs, toMs, code)?.n ?? 0;
  const rows = world.database.all<Row>(
    `SELECT * ${where} ORDER BY at_ms, id LIMIT ? OFFSET ?`,
    fromMs,
    toMs,
    code,
    size,
    (page - 1) * size,
  );
  return {
    transaction_details: rows.map((row) => ({
      transaction_info: {
        transaction_id: row.id,
        transaction_event_code: row.code,
        transaction_initiation_date: timeOf(row.at_ms),
        transaction_amount: moneyOf(row.currency, row.amount),
        transaction_status: "S",
        custom_field: row.custom_id,
      },
    })),
    start_date: timeOf(fromMs),
    end_date: timeOf(toMs),
    page,
    total_items: total,
    total_pages: Math.ceil(total / size),
  };
}
