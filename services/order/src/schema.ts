import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type QuoteRow = {
  id: string;
  cart_id: string | null;
  person_id: string | null;
  guest_token_hash: string | null;
  snapshot: string;
  expire_ms: string;
};

export type GroupRow = {
  id: string;
  version: string;
  state: string;
  cart_id: string;
  cart_version: string;
  attempt: number;
  person_id: string | null;
  email: string;
  snapshot: string;
  create_ms: string;
  update_ms: string;
};

export type OrderRow = {
  id: string;
  number: string;
  group_id: string;
  position: number;
  version: string;
  state: string;
  seller_id: string;
  person_id: string | null;
  snapshot: string;
  create_ms: string;
  update_ms: string;
};

export type TimelineRow = {
  group_id: string;
  sequence: string;
  time_ms: string;
  order_id: string | null;
  kind: string;
  summary: string;
  reason: string;
  trace_id: string;
};

export type ReturnRow = {
  id: string;
  order_id: string;
  group_id: string;
  seller_id: string;
  person_id: string | null;
  state: string;
  is_escalated: number;
  create_ms: string;
};

export type TaxRateRow = {
  country_code: string;
  region: string;
  postal_prefix: string;
  category: string;
  rate_basis_points: number;
  is_inclusive: number;
  marketplace_collects: number;
  jurisdiction: string;
  update_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const state = {
  type: "varchar",
  length: 24,
  ...ascii,
} as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;

export const QuoteTable = new EntitySchema<QuoteRow>({
  name: "quote",
  columns: {
    id: { ...id, primary: true },
    cart_id: { ...id, nullable: true },
    person_id: { ...id, nullable: true },
    guest_token_hash: { type: "char", length: 64, nullable: true, ...ascii },
    snapshot: { type: "mediumtext" },
    expire_ms: big,
  },
});

export const GroupTable = new EntitySchema<GroupRow>({
  name: "order_group",
  columns: {
    id: { ...id, primary: true },
    version: big,
    state,
    cart_id: id,
    cart_version: big,
    attempt: { type: "int" },
    person_id: { ...id, nullable: true },
    email: { type: "varchar", length: 254 },
    snapshot: { type: "mediumtext" },
    create_ms: big,
    update_ms: big,
  },
});

export const OrderTable = new EntitySchema<OrderRow>({
  name: "orders",
  columns: {
    id: { ...id, primary: true },
    number: { type: "char", length: 13, unique: true, ...ascii },
    group_id: id,
    position: { type: "int" },
    version: big,
    state,
    seller_id: id,
    person_id: { ...id, nullable: true },
    snapshot: { type: "mediumtext" },
    create_ms: big,
    update_ms: big,
  },
});

export const TimelineTable = new EntitySchema<TimelineRow>({
  name: "timeline",
  columns: {
    group_id: { ...id, primary: true },
    sequence: { ...big, primary: true },
    time_ms: big,
    order_id: { ...id, nullable: true },
    kind: state,
    summary: { type: "varchar", length: 200 },
    reason: { type: "varchar", length: 64 },
    trace_id: { type: "char", length: 32, ...ascii },
  },
});

export const ReturnTable = new EntitySchema<ReturnRow>({
  name: "order_return",
  columns: {
    id: { ...id, primary: true },
    order_id: id,
    group_id: id,
    seller_id: id,
    person_id: { ...id, nullable: true },
    state,
    is_escalated: { type: "tinyint" },
    create_ms: big,
  },
});

export const TaxRateTable = new EntitySchema<TaxRateRow>({
  name: "tax_rate",
  columns: {
    country_code: { type: "char", length: 2, primary: true, ...ascii },
    region: { type: "varchar", length: 80, primary: true },
    postal_prefix: { type: "varchar", length: 20, primary: true, ...ascii },
    category: { type: "varchar", length: 40, primary: true, ...ascii },
    rate_basis_points: { type: "int" },
    is_inclusive: { type: "tinyint" },
    marketplace_collects: { type: "tinyint" },
    jurisdiction: { type: "varchar", length: 80 },
    update_ms: big,
  },
});
