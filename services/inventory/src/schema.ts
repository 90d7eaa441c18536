import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type StockLevelRow = {
  sku: string;
  location_id: string;
  seller_id: string;
  priority: number;
  on_hand: number;
  allocated: number;
  held: number;
  safety: number;
  backorder_limit: number;
  expect_ms: string | null;
  low_threshold: number;
  version: string;
};

export type LocationRow = {
  id: string;
  code: string;
  name: string;
  country_code: string;
  seller_id: string;
  priority: number;
  address_name: string;
  line1: string;
  line2: string;
  city: string;
  region: string;
  postal_code: string;
  phone: string;
  create_ms: string;
};

export type MovementRow = {
  sequence: string;
  id: string;
  sku: string;
  location_id: string;
  seller_id: string;
  kind: string;
  on_hand_change: number;
  allocated_change: number;
  held_change: number;
  reference: string;
  actor_id: string;
  note: string;
  create_ms: string;
};

export type HoldRow = {
  id: string;
  state: string;
  asked: string;
  destination: string | null;
  expire_ms: string;
  create_ms: string;
};

export type AllocationRow = {
  order_id: string;
  hold_id: string;
  state: string;
  create_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const binary = { collation: "utf8mb4_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const sku = { type: "varchar", length: 64, ...binary } as const satisfies EntitySchemaColumnOptions;
const word = { type: "varchar", length: 16, ...ascii } as const satisfies EntitySchemaColumnOptions;
const count = { type: "int" } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;

export const StockLevelTable = new EntitySchema<StockLevelRow>({
  name: "stock_level",
  columns: {
    sku: { ...sku, primary: true },
    location_id: { ...id, primary: true },
    seller_id: id,
    priority: count,
    on_hand: count,
    allocated: count,
    held: count,
    safety: count,
    backorder_limit: count,
    expect_ms: { ...big, nullable: true },
    low_threshold: count,
    version: big,
  },
});

export const LocationTable = new EntitySchema<LocationRow>({
  name: "location",
  columns: {
    id: { ...id, primary: true },
    code: { type: "varchar", length: 20, unique: true, ...ascii },
    name: { type: "varchar", length: 80 },
    country_code: { type: "char", length: 2, ...ascii },
    seller_id: { type: "varchar", length: 36, ...ascii },
    priority: count,
    address_name: { type: "varchar", length: 120 },
    line1: { type: "varchar", length: 120 },
    line2: { type: "varchar", length: 120 },
    city: { type: "varchar", length: 80 },
    region: { type: "varchar", length: 80 },
    postal_code: { type: "varchar", length: 20 },
    phone: { type: "varchar", length: 32 },
    create_ms: big,
  },
});

export const MovementTable = new EntitySchema<MovementRow>({
  name: "movement",
  columns: {
    sequence: { ...big, primary: true, generated: "increment" },
    id: { ...id, unique: true },
    sku,
    location_id: id,
    seller_id: id,
    kind: word,
    on_hand_change: count,
    allocated_change: count,
    held_change: count,
    reference: { type: "varchar", length: 128, ...binary },
    actor_id: { type: "varchar", length: 36, ...ascii },
    note: { type: "varchar", length: 200 },
    create_ms: big,
  },
});

export const HoldTable = new EntitySchema<HoldRow>({
  name: "hold",
  columns: {
    id: { ...id, primary: true },
    state: word,
    asked: { type: "mediumtext" },
    destination: { type: "text", nullable: true },
    expire_ms: big,
    create_ms: big,
  },
});

export const AllocationTable = new EntitySchema<AllocationRow>({
  name: "allocation",
  columns: {
    order_id: { ...id, primary: true },
    hold_id: { type: "varchar", length: 36, ...ascii },
    state: word,
    create_ms: big,
  },
});
