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
  is_label_stray: number;
  weight_grams: number;
  goods: string;
  destination: string;
  direction: string;
  sender: string | null;
  failure_reason: string;
  estimate_ms: string | null;
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
    is_label_stray: { type: "tinyint" },
    weight_grams: { type: "int" },
    goods: { type: "mediumtext" },
    destination: { type: "text" },
    direction: { ...code, default: "outbound" },
    sender: { type: "text", nullable: true },
    failure_reason: name,
    estimate_ms: maybeBig,
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
  },
});

export const CarrierEventTable = new EntitySchema<CarrierEventRow>({
  name: "carrier_event",
  columns: { id: { type: "varchar", length: 128, primary: true, ...ascii }, receive_ms: big },
});
