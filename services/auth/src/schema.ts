import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type AccountRow = {
  id: string;
  version: string;
  email: string;
  email_key: string;
  name: string;
  seller_id: string | null;
  password_hash: string;
  create_ms: string;
};

export type AccountRoleRow = { account_id: string; role: string };

export type SessionRow = {
  id: string;
  token_hash: string;
  account_id: string;
  device: string;
  create_ms: string;
  last_use_ms: string;
  expire_ms: string;
  end_ms: string | null;
};

export type ApiKeyRow = {
  id: string;
  secret_hash: string;
  account_id: string;
  name: string;
  prefix: string;
  create_ms: string;
  expire_ms: string | null;
  last_use_ms: string | null;
  end_ms: string | null;
};

export type AttemptRow = { email_hash: string; place: string; count: number; since_ms: string };

export type PlaceRow = { email_hash: string; place: string; last_ms: string };

export type SigningKeyRow = {
  kid: string;
  active: number | null;
  x: string;
  sealed_seed: Buffer;
  create_ms: string;
  expire_ms: string | null;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const id = { type: "char", length: 36, ...ascii } as const satisfies EntitySchemaColumnOptions;
const hash = { type: "char", length: 64, ...ascii } as const satisfies EntitySchemaColumnOptions;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;

export const AccountTable = new EntitySchema<AccountRow>({
  name: "account",
  columns: {
    id: { ...id, primary: true },
    version: big,
    email: { type: "varchar", length: 254 },
    email_key: { type: "varchar", length: 254, unique: true, charset: "utf8mb4", collation: "utf8mb4_bin" },
    name: { type: "varchar", length: 120 },
    seller_id: { ...id, nullable: true },
    password_hash: { type: "varchar", length: 200, ...ascii },
    create_ms: big,
  },
});

export const AccountRoleTable = new EntitySchema<AccountRoleRow>({
  name: "account_role",
  columns: { account_id: { ...id, primary: true }, role: { type: "varchar", length: 16, primary: true, ...ascii } },
});

export const SessionTable = new EntitySchema<SessionRow>({
  name: "session",
  columns: {
    id: { ...id, primary: true },
    token_hash: { ...hash, unique: true },
    account_id: id,
    device: { type: "varchar", length: 200 },
    create_ms: big,
    last_use_ms: big,
    expire_ms: big,
    end_ms: maybeBig,
  },
});

export const ApiKeyTable = new EntitySchema<ApiKeyRow>({
  name: "api_key",
  columns: {
    id: { ...id, primary: true },
    secret_hash: { ...hash, unique: true },
    account_id: id,
    name: { type: "varchar", length: 80 },
    prefix: { type: "varchar", length: 16, ...ascii },
    create_ms: big,
    expire_ms: maybeBig,
    last_use_ms: maybeBig,
    end_ms: maybeBig,
  },
});

export const AttemptTable = new EntitySchema<AttemptRow>({
  name: "sign_in_attempt",
  columns: {
    email_hash: { ...hash, primary: true },
    place: { ...hash, primary: true },
    count: { type: "int" },
    since_ms: big,
  },
});

export const PlaceTable = new EntitySchema<PlaceRow>({
  name: "sign_in_place",
  columns: { email_hash: { ...hash, primary: true }, place: { ...hash, primary: true }, last_ms: big },
});

export const SigningKeyTable = new EntitySchema<SigningKeyRow>({
  name: "signing_key",
  columns: {
    kid: { type: "varchar", length: 43, primary: true, ...ascii },
    active: { type: "tinyint", nullable: true, unique: true },
    x: { type: "char", length: 43, ...ascii },
    sealed_seed: { type: "varbinary", length: 80 },
    create_ms: big,
    expire_ms: maybeBig,
  },
});
