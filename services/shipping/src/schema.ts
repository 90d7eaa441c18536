import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type ShipmentRow = {
  id: string;
  order_id: string;
  ship_key: string;
  order_group_id: string;
  person_id: string | null;
  guest_token_hash: string | null;
  seller_id: string;
  location_id: string;
  version: string;
  state: string;
  carrier: string;
  service: string;
  service_type: string;
  tracking_number: string;
  label_key: string;
  label_attempt: number;
  is_label_stray: number;
  weight_grams: number;
  goods: string;
  destination: string;
  direction: string;
  sender: string | null;
  failure_reason: string;
  estimate_ms: string | null;
  promise_ms: string | null;
  ship_ms: string | null;
  deliver_ms: string | null;
  ask_ms: string | null;
  create_ms: string;
  update_ms: string;
};

export type ScanRow = {
  shipment_id: string;
  time_ms: string;
  code: string;
  state: string;
  description: string;
  place: string;
  estimate_ms: string | null;
};

export type ZoneRow = { id: string; version: string; body: string; update_ms: string };

export type MethodRow = { id: string; least_days: number; most_days: number; carriers: string };

export type GivenUpRow = {
  shipment_id: string;
  carrier: string;
  tracking_number: string;
  attempt: number;
  service_type: string;
  until_ms: string;
  ask_ms: string;
  is_open: number;
};

export type CarrierEventRow = { id: string; receive_ms: string };

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const code = { type: "varchar", length: 24, ...ascii } as const satisfies EntitySchemaColumnOptions;
const name = { type: "varchar", length: 64, ...ascii } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;

export const ShipmentTable = new EntitySchema<ShipmentRow>({
  name: "shipment",
  columns: {
    id: { ...id, primary: true },
    order_id: id,
    ship_key: { type: "varchar", length: 64, charset: "utf8mb4", collation: "utf8mb4_bin" },
    order_group_id: id,
    person_id: { ...id, nullable: true },
    guest_token_hash: { type: "char", length: 64, nullable: true, ...ascii },
    seller_id: id,
    location_id: id,
    version: big,
    state: code,
    carrier: code,
    service: name,
    service_type: name,
    tracking_number: { type: "varchar", length: 64 },
    label_key: { type: "varchar", length: 128, ...ascii },
    label_attempt: { type: "int", default: 0 },
    is_label_stray: { type: "tinyint" },
    weight_grams: { type: "int" },
    goods: { type: "mediumtext" },
    destination: { type: "text" },
    direction: { ...code, default: "outbound" },
    sender: { type: "text", nullable: true },
    failure_reason: name,
    estimate_ms: maybeBig,
    promise_ms: maybeBig,
    ship_ms: maybeBig,
    deliver_ms: maybeBig,
    ask_ms: maybeBig,
    create_ms: big,
    update_ms: big,
  },
});

export const ScanTable = new EntitySchema<ScanRow>({
  name: "scan",
  columns: {
    shipment_id: { ...id, primary: true },
    time_ms: { ...big, primary: true },
    code: { type: "varchar", length: 8, primary: true, ...ascii },
    state: code,
    description: { type: "varchar", length: 200 },
    place: { type: "varchar", length: 80 },
    estimate_ms: maybeBig,
  },
});

export const CarrierEventTable = new EntitySchema<CarrierEventRow>({
  name: "carrier_event",
  columns: { id: { type: "varchar", length: 128, primary: true, ...ascii }, receive_ms: big },
});

export const ZoneTable = new EntitySchema<ZoneRow>({
  name: "zone",
  columns: {
    id: { type: "varchar", length: 32, primary: true, ...ascii },
    version: big,
    body: { type: "mediumtext" },
    update_ms: big,
  },
});

export const MethodTable = new EntitySchema<MethodRow>({
  name: "rate_method",
  columns: {
    id: { ...name, primary: true },
    least_days: { type: "int" },
    most_days: { type: "int" },
    carriers: name,
  },
});

export const GivenUpTable = new EntitySchema<GivenUpRow>({
  name: "given_up_label",
  columns: {
    shipment_id: { ...id, primary: true },
    carrier: { ...code, primary: true },
    tracking_number: { type: "varchar", length: 64, primary: true },
    attempt: { type: "int", primary: true, default: 0 },
    service_type: name,
    until_ms: { ...big, default: 0 },
    ask_ms: big,
    is_open: { type: "tinyint" },
  },
});
