import { EntitySchema } from "typeorm";
import { ascii, big, code, id, reason, reference } from "./columns.ts";

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
