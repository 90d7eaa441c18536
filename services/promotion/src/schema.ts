import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type PromotionRow = {
  id: string;
  version: string;
  label: string;
  coupon_code: string | null;
  discount_basis_points: number;
  state: string;
  start_ms: string | null;
  end_ms: string | null;
  max_redemptions: number;
  max_per_customer: number;
  minimum_currency: string | null;
  minimum_minor_units: string | null;
  redemption_count: number;
  create_ms: string;
  trigger_kind: string;
  /** What migration 0001 has no column for; null for what older code made: a percentage of the sum. */
  definition: string | null;
  seller_id: string | null;
  budget_minor_units: string | null;
  budget_spent: string;
  code_count: number;
  told: string;
};

export type RedemptionRow = {
  id: string;
  version: string;
  state: string;
  promotion_id: string | null;
  coupon_code: string;
  customer_id: string | null;
  create_ms: string;
  update_ms: string;
  currency: string | null;
  discount_minor_units: string | null;
};

export type RedemptionPartRow = {
  redemption_id: string;
  promotion_id: string;
  customer_id: string | null;
  discount_minor_units: string;
};

export type PromotionCodeRow = {
  code: string;
  promotion_id: string;
  redemption_id: string | null;
  create_ms: string;
};

export type CustomerGroupRow = { customer_id: string; name: string };

export type PastOrderRow = {
  order_id: string;
  group_id: string;
  customer_id: string | null;
  seller_id: string;
  country_code: string;
  currency: string;
  shipping_minor_units: string;
  goods: string;
  confirm_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const state = {
  type: "varchar",
  length: 24,
  ...ascii,
} as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const code = {
  type: "varchar",
  length: 64,
  collation: "utf8mb4_bin",
} as const satisfies EntitySchemaColumnOptions;

export const PromotionTable = new EntitySchema<PromotionRow>({
  name: "promotion",
  columns: {
    id: { ...id, primary: true },
    version: big,
    label: { type: "varchar", length: 120 },
    coupon_code: { ...code, unique: true, nullable: true },
    discount_basis_points: { type: "int" },
    state,
    start_ms: { ...big, nullable: true },
    end_ms: { ...big, nullable: true },
    max_redemptions: { type: "int" },
    max_per_customer: { type: "int" },
    minimum_currency: { type: "char", length: 3, nullable: true, ...ascii },
    minimum_minor_units: { ...big, nullable: true },
    redemption_count: { type: "int" },
    create_ms: big,
    trigger_kind: state,
    definition: { type: "text", nullable: true },
    seller_id: { ...id, nullable: true },
    budget_minor_units: { ...big, nullable: true },
    budget_spent: big,
    code_count: { type: "int" },
    told: state,
  },
});

export const RedemptionTable = new EntitySchema<RedemptionRow>({
  name: "redemption",
  columns: {
    id: { ...id, primary: true },
    version: big,
    state,
    promotion_id: { ...id, nullable: true },
    coupon_code: code,
    customer_id: { ...id, nullable: true },
    create_ms: big,
    update_ms: big,
    currency: { type: "char", length: 3, nullable: true, ...ascii },
    discount_minor_units: { ...big, nullable: true },
  },
});

export const RedemptionPartTable = new EntitySchema<RedemptionPartRow>({
  name: "redemption_part",
  columns: {
    redemption_id: { ...id, primary: true },
    promotion_id: { ...id, primary: true },
    customer_id: { ...id, nullable: true },
    discount_minor_units: big,
  },
});

export const PromotionCodeTable = new EntitySchema<PromotionCodeRow>({
  name: "promotion_code",
  columns: {
    code: { ...code, primary: true },
    promotion_id: id,
    redemption_id: { ...id, nullable: true },
    create_ms: big,
  },
});

export const CustomerGroupTable = new EntitySchema<CustomerGroupRow>({
  name: "customer_group",
  columns: {
    customer_id: { ...id, primary: true },
    name: { type: "varchar", length: 32, primary: true, ...ascii },
  },
});

export const PastOrderTable = new EntitySchema<PastOrderRow>({
  name: "past_order",
  columns: {
    order_id: { ...id, primary: true },
    group_id: id,
    customer_id: { ...id, nullable: true },
    seller_id: id,
    country_code: { type: "varchar", length: 2, ...ascii },
    currency: { type: "char", length: 3, ...ascii },
    shipping_minor_units: big,
    goods: { type: "mediumtext" },
    confirm_ms: big,
  },
});
