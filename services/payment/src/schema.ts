import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

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
  gift_parts: string | null;
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

export type GiftCardRow = {
  id: string;
  code_hash: string;
  last_four: string;
  currency: string;
  amount: string;
  balance: string;
  held: string;
  expire_ms: string | null;
  person_id: string | null;
  reason: string;
  create_ms: string;
};

export type GiftCardEntryRow = {
  id: string;
  gift_card_id: string;
  kind: string;
  balance_delta: string;
  held_delta: string;
  payment_id: string;
  create_ms: string;
};

export type SavedMethodRow = {
  id: string;
  person_id: string;
  request_id: string;
  provider: string;
  state: string;
  customer: string;
  reference: string;
  setup_reference: string;
  card_brand: string;
  card_last_four: string;
  expire_month: number;
  expire_year: number;
  action_url: string;
  failure_reason: string;
  create_ms: string;
};

export type ProviderCustomerRow = { person_id: string; provider: string; reference: string };

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

export type ProviderEventRow = {
  id: string;
  type: string;
  reference: string;
  happen_ms: string;
  receive_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const code = { type: "varchar", length: 24, ...ascii } as const satisfies EntitySchemaColumnOptions;
const reason = {
  type: "varchar",
  length: 64,
  ...ascii,
} as const satisfies EntitySchemaColumnOptions;
const reference = { type: "varchar", length: 255, ...ascii } as const;
const currency = { type: "char", length: 3, ...ascii } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;
const words = { type: "varchar", length: 63 } as const satisfies EntitySchemaColumnOptions;

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
    gift_parts: { type: "text", nullable: true },
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

export const GiftCardTable = new EntitySchema<GiftCardRow>({
  name: "gift_card",
  columns: {
    id: { ...id, primary: true },
    code_hash: { type: "char", length: 64, ...ascii },
    last_four: { type: "varchar", length: 4, ...ascii },
    currency,
    amount: big,
    balance: big,
    held: big,
    expire_ms: maybeBig,
    person_id: { ...id, nullable: true },
    reason: words,
    create_ms: big,
  },
});

export const GiftCardEntryTable = new EntitySchema<GiftCardEntryRow>({
  name: "gift_card_entry",
  columns: {
    id: { ...id, primary: true },
    gift_card_id: id,
    kind: code,
    balance_delta: big,
    held_delta: big,
    payment_id: id,
    create_ms: big,
  },
});

export const SavedMethodTable = new EntitySchema<SavedMethodRow>({
  name: "saved_method",
  columns: {
    id: { ...id, primary: true },
    person_id: id,
    request_id: { type: "varchar", length: 128, charset: "utf8mb4", collation: "utf8mb4_bin" },
    provider: code,
    state: code,
    customer: reference,
    reference,
    setup_reference: reference,
    card_brand: code,
    card_last_four: { type: "varchar", length: 4, ...ascii },
    expire_month: { type: "int" },
    expire_year: { type: "int" },
    action_url: { type: "varchar", length: 2048 },
    failure_reason: reason,
    create_ms: big,
  },
});

export const ProviderCustomerTable = new EntitySchema<ProviderCustomerRow>({
  name: "provider_customer",
  columns: { person_id: { ...id, primary: true }, provider: { ...code, primary: true }, reference },
});

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
