import { EntitySchema } from "typeorm";
import { ascii, big, code, currency, id, maybeBig, words } from "./columns.ts";

export type GiftCardRow = {
  id: string;
  code_hash: string;
  last_four: string;
  currency: string;
  amount: string;
  balance: string;
  held: string;
  expire_ms: string | null;
  person_id: string | null;
  reason: string;
  create_ms: string;
};

export type GiftCardEntryRow = {
  id: string;
  gift_card_id: string;
  kind: string;
  balance_delta: string;
  held_delta: string;
  payment_id: string;
  create_ms: string;
};

export const GiftCardTable = new EntitySchema<GiftCardRow>({
  name: "gift_card",
  columns: {
    id: { ...id, primary: true },
    code_hash: { type: "char", length: 64, ...ascii },
    last_four: { type: "varchar", length: 4, ...ascii },
    currency,
    amount: big,
    balance: big,
    held: big,
    expire_ms: maybeBig,
    person_id: { ...id, nullable: true },
    reason: words,
    create_ms: big,
  },
});

export const GiftCardEntryTable = new EntitySchema<GiftCardEntryRow>({
  name: "gift_card_entry",
  columns: {
    id: { ...id, primary: true },
    gift_card_id: id,
    kind: code,
    balance_delta: big,
    held_delta: big,
    payment_id: id,
    create_ms: big,
  },
});
