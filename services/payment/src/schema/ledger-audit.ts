import { EntitySchema } from "typeorm";
import { big, currency } from "./columns.ts";

/** The rows, as MySQL gives them: BIGINT as text. */
export type LedgerAuditRow = { currency: string; imbalance: string; until_ms: string };

export const LedgerAuditTable = new EntitySchema<LedgerAuditRow>({
  name: "ledger_audit",
  columns: { currency: { ...currency, primary: true }, imbalance: big, until_ms: big },
});
