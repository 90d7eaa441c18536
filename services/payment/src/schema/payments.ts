import { EntitySchema } from "typeorm";
import { ascii, big, code, currency, id, maybeBig, reason, reference, words } from "./columns.ts";

/** The rows, as MySQL gives them: BIGINT as text. */
export type PaymentRow = {
  id: string;
  order_group_id: string;
  version: string;
  state: string;
  currency: string;
  amount: string;
  taken: string;
  refunded: string;
  void_reason: string | null;
  failure_reason: string;
  action_url: string;
  action_expire_ms: string | null;
  authorization_expire_ms: string | null;
  card_brand: string;
  card_last_four: string;
  is_multicapture: number;
  reference: string;
  provider: string;
  gift_tenders: string | null;
  is_closed: number;
  authorization: string;
  person_id: string | null;
  guest_token_hash: string | null;
  ask_ms: string | null;
  create_ms: string;
  update_ms: string;
};

export type TransferRow = {
  id: string;
  payment_id: string;
  kind: string;
  state: string;
  currency: string;
  amount: string;
  tax: string;
  platform_share: string;
  gift_parts: string | null;
  taking_parts: string | null;
  moves: string;
  is_final: number;
  attempt: number;
  reference: string;
  reason: string;
  failure_reason: string;
  create_ms: string;
  update_ms: string;
};

export type LedgerRow = {
  id: string;
  movement_id: string;
  transfer_id: string;
  kind: string;
  account: string;
  currency: string;
  amount: string;
  payment_id: string;
  order_group_id: string;
  create_ms: string;
};

export type ProviderEventRow = {
  id: string;
  type: string;
  reference: string;
  happen_ms: string;
  receive_ms: string;
};

export const PaymentTable = new EntitySchema<PaymentRow>({
  name: "payment",
  columns: {
    id: { ...id, primary: true },
    order_group_id: id,
    version: big,
    state: code,
    currency,
    amount: big,
    taken: big,
    refunded: big,
    void_reason: { ...words, nullable: true },
    failure_reason: reason,
    action_url: { type: "varchar", length: 2048 },
    action_expire_ms: maybeBig,
    authorization_expire_ms: maybeBig,
    card_brand: code,
    card_last_four: { type: "varchar", length: 4, ...ascii },
    is_multicapture: { type: "tinyint" },
    reference,
    provider: code,
    gift_tenders: { type: "text", nullable: true },
    is_closed: { type: "tinyint" },
    authorization: { type: "text" },
    person_id: { ...id, nullable: true },
    guest_token_hash: { type: "char", length: 64, nullable: true, ...ascii },
    ask_ms: maybeBig,
    create_ms: big,
    update_ms: big,
  },
});

export const TransferTable = new EntitySchema<TransferRow>({
  name: "transfer",
  columns: {
    id: { ...id, primary: true },
    payment_id: id,
    kind: code,
    state: code,
    currency,
    amount: big,
    tax: { ...big, default: 0 },
    platform_share: { ...big, default: 0 },
    gift_parts: { type: "text", nullable: true },
    taking_parts: { type: "text", nullable: true },
    moves: big,
    is_final: { type: "tinyint" },
    attempt: { type: "int" },
    reference,
    reason: words,
    failure_reason: reason,
    create_ms: big,
    update_ms: big,
  },
});

export const LedgerTable = new EntitySchema<LedgerRow>({
  name: "ledger_entry",
  columns: {
    id: { ...id, primary: true },
    movement_id: id,
    transfer_id: id,
    kind: code,
    account: code,
    currency,
    amount: big,
    payment_id: id,
    order_group_id: id,
    create_ms: big,
  },
});

export const ProviderEventTable = new EntitySchema<ProviderEventRow>({
  name: "provider_event",
  columns: {
    id: { ...reference, primary: true },
    type: reason,
    reference,
    happen_ms: big,
    receive_ms: big,
  },
});
