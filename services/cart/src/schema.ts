import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type CartRow = {
  id: string;
  version: string;
  state: string;
  customer_id: string | null;
  open_customer_id: string | null;
  guest_token_hash: string | null;
  items: string;
  coupon_code: string;
  order_group_id: string | null;
  merged_into_id: string | null;
  taken_over: string;
  create_ms: string;
  update_ms: string;
  expire_ms: string | null;
  rest_since_ms: string | null;
};

export type SavedRow = {
  customer_id: string;
  sku: string;
  quantity: number;
  seen: string | null;
  save_ms: string;
};

export type CartPurchaseRow = { cart_id: string; order_group_id: string };

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;

export const CartTable = new EntitySchema<CartRow>({
  name: "cart",
  columns: {
    id: { ...id, primary: true },
    version: { type: "bigint" },
    state: { type: "varchar", length: 24, ...ascii },
    customer_id: { ...id, nullable: true },
    open_customer_id: { ...id, nullable: true, unique: true },
    guest_token_hash: { type: "char", length: 64, nullable: true, ...ascii },
    items: { type: "mediumtext" },
    coupon_code: { type: "varchar", length: 64 },
    order_group_id: { ...id, nullable: true },
    merged_into_id: { ...id, nullable: true },
    taken_over: { type: "varchar", length: 400, default: "", ...ascii },
    create_ms: { type: "bigint" },
    update_ms: { type: "bigint" },
    expire_ms: { type: "bigint", nullable: true },
    rest_since_ms: { type: "bigint", nullable: true },
  },
});

export const CartPurchaseTable = new EntitySchema<CartPurchaseRow>({
  name: "cart_purchase",
  columns: {
    cart_id: { ...id, primary: true },
    order_group_id: { ...id, primary: true },
  },
});

export const SavedTable = new EntitySchema<SavedRow>({
  name: "saved_item",
  columns: {
    customer_id: { ...id, primary: true },
    sku: { type: "varchar", length: 64, primary: true, collation: "utf8mb4_bin" },
    quantity: { type: "int" },
    seen: { type: "varchar", length: 200, nullable: true },
    save_ms: { type: "bigint" },
  },
});
