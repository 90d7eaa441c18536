import { EntitySchema } from "typeorm";
import { ascii, big, code, currency, id, maybeBig, reference, words } from "./columns.ts";

export type DisputeRow = {
  id: string;
  payment_id: string;
  order_group_id: string;
  provider: string;
  reference: string;
  state: string;
  currency: string;
  amount: string;
  fee_currency: string;
  fee: string;
  reason: string;
  evidence_due_ms: string | null;
  is_answered: number;
  create_ms: string;
  update_ms: string;
};

export type DiscrepancyRow = {
  id: string;
  provider: string;
  reference: string;
  kind: string;
  payment_id: string;
  here: string;
  there: string;
  find_ms: string;
  resolve_ms: string | null;
};

export type ReconciliationRow = { provider: string; until_ms: string };

export const DisputeTable = new EntitySchema<DisputeRow>({
  name: "dispute",
  columns: {
    id: { ...id, primary: true },
    payment_id: id,
    order_group_id: id,
    provider: code,
    reference,
    state: code,
    currency,
    amount: big,
    fee_currency: currency,
    fee: big,
    reason: words,
    evidence_due_ms: maybeBig,
    is_answered: { type: "tinyint" },
    create_ms: big,
    update_ms: big,
  },
});

export const DiscrepancyTable = new EntitySchema<DiscrepancyRow>({
  name: "discrepancy",
  columns: {
    id: { ...id, primary: true },
    provider: code,
    reference,
    kind: code,
    payment_id: { type: "varchar", length: 64, ...ascii },
    here: { type: "varchar", length: 255 },
    there: { type: "varchar", length: 255 },
    find_ms: big,
    resolve_ms: maybeBig,
  },
});

export const ReconciliationTable = new EntitySchema<ReconciliationRow>({
  name: "reconciliation",
  columns: { provider: { ...code, primary: true }, until_ms: big },
});
