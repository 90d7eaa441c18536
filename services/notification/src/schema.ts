import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type DeliveryRow = {
  id: string;
  version: string;
  once_key: string;
  template: string;
  recipient: string;
  subject: string;
  state: string;
  attempt_count: number;
  claim_ms: string | null;
  failure_reason: string;
  event_id: string;
  customer_id: string;
  provider_reference: string;
  create_ms: string;
  update_ms: string;
  next_attempt_ms: string | null;
};

export type DeliveryOrderRow = { order_id: string; delivery_id: string; position: number };

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;
const word = { type: "varchar", length: 64, ...ascii } as const satisfies EntitySchemaColumnOptions;

export const DeliveryTable = new EntitySchema<DeliveryRow>({
  name: "delivery",
  columns: {
    id: { ...id, primary: true },
    version: big,
    once_key: { type: "varchar", length: 120, unique: true, ...ascii },
    template: word,
    recipient: { type: "varchar", length: 254 },
    subject: { type: "varchar", length: 400 },
    state: { type: "varchar", length: 16, ...ascii },
    attempt_count: { type: "int" },
    claim_ms: maybeBig,
    failure_reason: word,
    event_id: word,
    customer_id: { type: "varchar", length: 36, ...ascii },
    provider_reference: { type: "varchar", length: 300 },
    create_ms: big,
    update_ms: big,
    next_attempt_ms: maybeBig,
  },
});

export const DeliveryOrderTable = new EntitySchema<DeliveryOrderRow>({
  name: "delivery_order",
  columns: { order_id: { ...id, primary: true }, delivery_id: { ...id, primary: true }, position: { type: "int" } },
});
