import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type DeliveryRow = {
  id: string;
  version: string;
  once_key: string;
  template: string;
  channel: string;
  recipient: string;
  subject: string;
  locale: string;
  state: string;
  attempt_count: number;
  deferral_count: number;
  claim_ms: string | null;
  unsure_since_ms: string | null;
  failure_reason: string;
  event_id: string;
  facts: string | null;
  customer_id: string;
  provider_reference: string;
  create_ms: string;
  update_ms: string;
  next_attempt_ms: string | null;
};

export type DeliveryOrderRow = { order_id: string; delivery_id: string; position: number };

export type SettingsRow = {
  person_id: string;
  choices: string;
  locale: string;
  time_zone: string;
  quiet_start_minute: number | null;
  quiet_end_minute: number | null;
  phone_number: string;
  phone_verified_ms: string | null;
  update_ms: string;
};

export type SuppressionRow = {
  address_hash: string;
  channel: string;
  topic: string;
  reason: string;
  create_ms: string;
};

export type InboxRow = { person_id: string; last_sequence: string };

export type NoticeRow = {
  id: string;
  person_id: string;
  sequence: string;
  template: string;
  title: string;
  body: string;
  link: string;
  read_ms: string | null;
  create_ms: string;
};

export type PhoneCodeRow = {
  id: string;
  person_id: string;
  number_hash: string;
  try_count: number;
  create_ms: string;
};

export type SellerOrderRow = { order_id: string; order_number: string; seller_id: string; create_ms: string };

export type DeviceRow = { token_hash: string; person_id: string; token: string; platform: string; update_ms: string };

export type ProviderEventRow = { id: string; create_ms: string };

export type WordingRow = {
  name: string;
  locale: string;
  version: number;
  subject: string;
  text: string;
  html: string;
  short: string;
  create_ms: string;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;
const number = { type: "int" } as const satisfies EntitySchemaColumnOptions;
const maybeNumber = { type: "int", nullable: true } as const satisfies EntitySchemaColumnOptions;
const long = { type: "text" } as const satisfies EntitySchemaColumnOptions;
const hash = { type: "char", length: 64, ...ascii } as const satisfies EntitySchemaColumnOptions;

function word(length: number) {
  return { type: "varchar", length, ...ascii } as const satisfies EntitySchemaColumnOptions;
}

function words(length: number) {
  return { type: "varchar", length } as const satisfies EntitySchemaColumnOptions;
}

export const DeliveryTable = new EntitySchema<DeliveryRow>({
  name: "delivery",
  columns: {
    id: { ...id, primary: true },
    version: big,
    once_key: { ...word(120), unique: true },
    template: word(64),
    channel: word(16),
    recipient: words(254),
    subject: words(400),
    locale: word(8),
    state: word(16),
    attempt_count: number,
    deferral_count: number,
    claim_ms: maybeBig,
    unsure_since_ms: maybeBig,
    failure_reason: word(64),
    event_id: word(64),
    facts: { ...long, nullable: true },
    customer_id: word(36),
    provider_reference: words(300),
    create_ms: big,
    update_ms: big,
    next_attempt_ms: maybeBig,
  },
});

export const DeliveryOrderTable = new EntitySchema<DeliveryOrderRow>({
  name: "delivery_order",
  columns: { order_id: { ...id, primary: true }, delivery_id: { ...id, primary: true }, position: number },
});

export const SettingsTable = new EntitySchema<SettingsRow>({
  name: "person_settings",
  columns: {
    person_id: { ...id, primary: true },
    choices: long,
    locale: word(8),
    time_zone: word(64),
    quiet_start_minute: maybeNumber,
    quiet_end_minute: maybeNumber,
    phone_number: word(16),
    phone_verified_ms: maybeBig,
    update_ms: big,
  },
});

export const SuppressionTable = new EntitySchema<SuppressionRow>({
  name: "suppression",
  columns: {
    address_hash: { ...hash, primary: true },
    channel: { ...word(16), primary: true },
    topic: { ...word(16), primary: true },
    reason: { ...word(32), primary: true },
    create_ms: big,
  },
});

export const InboxTable = new EntitySchema<InboxRow>({
  name: "inbox",
  columns: { person_id: { ...id, primary: true }, last_sequence: big },
});

export const NoticeTable = new EntitySchema<NoticeRow>({
  name: "notice",
  columns: {
    id: { ...id, primary: true },
    person_id: id,
    sequence: big,
    template: word(64),
    title: words(400),
    body: words(1000),
    link: words(200),
    read_ms: maybeBig,
    create_ms: big,
  },
});

export const PhoneCodeTable = new EntitySchema<PhoneCodeRow>({
  name: "phone_code",
  columns: { id: { ...id, primary: true }, person_id: id, number_hash: hash, try_count: number, create_ms: big },
});

export const SellerOrderTable = new EntitySchema<SellerOrderRow>({
  name: "seller_order",
  columns: { order_id: { ...id, primary: true }, order_number: word(24), seller_id: word(36), create_ms: big },
});

export const DeviceTable = new EntitySchema<DeviceRow>({
  name: "device",
  columns: { token_hash: { ...hash, primary: true }, person_id: id, token: long, platform: word(16), update_ms: big },
});

export const ProviderEventTable = new EntitySchema<ProviderEventRow>({
  name: "provider_event",
  columns: { id: { ...word(128), primary: true }, create_ms: big },
});

export const WordingTable = new EntitySchema<WordingRow>({
  name: "wording",
  columns: {
    name: { ...word(64), primary: true },
    locale: { ...word(8), primary: true },
    version: { ...number, primary: true },
    subject: long,
    text: long,
    html: { type: "mediumtext" },
    short: long,
    create_ms: big,
  },
});

export const tables = [
  DeliveryTable,
  DeliveryOrderTable,
  SettingsTable,
  SuppressionTable,
  InboxTable,
  NoticeTable,
  PhoneCodeTable,
  SellerOrderTable,
  DeviceTable,
  ProviderEventTable,
  WordingTable,
];
