import type { MigrationInterface, QueryRunner } from "typeorm";

export class Accounts1760000000000 implements MigrationInterface {
  name = "Accounts1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE signing_key, sign_in_attempt, api_key, session, account_role, account");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const hash = `CHAR(64) ${ascii}`;

const tables = [
  // email_key is the normalised address: what makes an account unique.
  `CREATE TABLE account (
    id ${id} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    email VARCHAR(254) NOT NULL,
    email_key VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name VARCHAR(120) NOT NULL,
    seller_id ${id} NULL,
    password_hash VARCHAR(200) ${ascii} NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY email_key (email_key)
  )`,
  `CREATE TABLE account_role (
    account_id ${id} NOT NULL,
    role VARCHAR(16) ${ascii} NOT NULL,
    PRIMARY KEY (account_id, role),
    KEY of_role (role, account_id)
  )`,
  `CREATE TABLE session (
    id ${id} NOT NULL PRIMARY KEY,
    token_hash ${hash} NOT NULL,
    account_id ${id} NOT NULL,
    device VARCHAR(200) NOT NULL,
    create_ms BIGINT NOT NULL,
    last_use_ms BIGINT NOT NULL,
    expire_ms BIGINT NOT NULL,
    end_ms BIGINT NULL,
    UNIQUE KEY token_hash (token_hash),
    KEY of_account (account_id, last_use_ms, id),
    KEY age (expire_ms)
  )`,
  `CREATE TABLE api_key (
    id ${id} NOT NULL PRIMARY KEY,
    secret_hash ${hash} NOT NULL,
    account_id ${id} NOT NULL,
    name VARCHAR(80) NOT NULL,
    prefix VARCHAR(16) ${ascii} NOT NULL,
    create_ms BIGINT NOT NULL,
    expire_ms BIGINT NULL,
    last_use_ms BIGINT NULL,
    end_ms BIGINT NULL,
    UNIQUE KEY secret_hash (secret_hash),
    KEY of_account (account_id, id)
  )`,
  // Tries to sign in by the SHA-256 of the address, known or not.
  `CREATE TABLE sign_in_attempt (
    email_hash ${hash} NOT NULL PRIMARY KEY,
    count INT NOT NULL,
    since_ms BIGINT NOT NULL,
    KEY age (since_ms)
  )`,
  // One row signs (active = 1, unique); the others only prove, until they expire.
  `CREATE TABLE signing_key (
    kid VARCHAR(43) ${ascii} NOT NULL PRIMARY KEY,
    active TINYINT NULL,
    x CHAR(43) ${ascii} NOT NULL,
    sealed_seed VARBINARY(80) NOT NULL,
    create_ms BIGINT NOT NULL,
    expire_ms BIGINT NULL,
    UNIQUE KEY active (active)
  )`,
];
