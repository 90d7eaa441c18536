import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type PromotionRow = {
  id: string;
  version: string;
  label: string;
  coupon_code: string;
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
    coupon_code: { ...code, unique: true },
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
  },
});
