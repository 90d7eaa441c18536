import type { MigrationInterface, QueryRunner } from "typeorm";

export class Payments1760000000000 implements MigrationInterface {
  name = "Payments1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE provider_event, ledger_entry, transfer, payment");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const code = `VARCHAR(24) ${ascii}`;
const currency = `CHAR(3) ${ascii}`;

const tables = [
  // The money of an order group. A row in state "tombstone" refuses the authorisation of an id that was voided before it came.
  `CREATE TABLE payment (
    id ${id} NOT NULL PRIMARY KEY,
    order_group_id ${id} NOT NULL,
    version BIGINT NOT NULL,
    state ${code} NOT NULL,
    currency ${currency} NOT NULL,
    amount BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    void_reason VARCHAR(63) NULL,
    failure_reason VARCHAR(64) ${ascii} NOT NULL,
    action_url VARCHAR(2048) NOT NULL,
    action_expire_ms BIGINT NULL,
    authorization_expire_ms BIGINT NULL,
    card_brand ${code} NOT NULL,
    card_last_four VARCHAR(4) ${ascii} NOT NULL,
    is_multicapture TINYINT NOT NULL,
    reference VARCHAR(255) ${ascii} NOT NULL,
    authorization TEXT NOT NULL,
    person_id ${id} NULL,
    guest_token_hash CHAR(64) ${ascii} NULL,
    ask_ms BIGINT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    KEY of_group (order_group_id),
    KEY due (ask_ms),
    CONSTRAINT taken_within CHECK (taken BETWEEN 0 AND amount),
    CONSTRAINT refunded_within CHECK (refunded BETWEEN 0 AND taken)
  )`,
  // A taking or giving back; committed before the provider is asked for it.
  `CREATE TABLE transfer (
    id ${id} NOT NULL PRIMARY KEY,
    payment_id ${id} NOT NULL,
    kind ${code} NOT NULL,
    state ${code} NOT NULL,
    currency ${currency} NOT NULL,
    amount BIGINT NOT NULL,
    moves BIGINT NOT NULL,
    is_final TINYINT NOT NULL,
    reason VARCHAR(63) NOT NULL,
    failure_reason VARCHAR(64) ${ascii} NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    KEY of_payment (payment_id),
    CONSTRAINT amount_above_zero CHECK (amount > 0 AND moves >= 0)
  )`,
  // The books: append only. One movement of a kind for each transfer.
  `CREATE TABLE ledger_entry (
    id ${id} NOT NULL PRIMARY KEY,
    movement_id ${id} NOT NULL,
    transfer_id ${id} NOT NULL,
    kind ${code} NOT NULL,
    account ${code} NOT NULL,
    currency ${currency} NOT NULL,
    amount BIGINT NOT NULL,
    payment_id ${id} NOT NULL,
    order_group_id ${id} NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY once (transfer_id, kind, account),
    KEY of_payment (payment_id, id),
    KEY of_account (account, id)
  )`,
  // What the provider told, once each. Without its body: that names the payer and holds secrets.
  `CREATE TABLE provider_event (
    id VARCHAR(255) ${ascii} NOT NULL PRIMARY KEY,
    type VARCHAR(64) ${ascii} NOT NULL,
    reference VARCHAR(255) ${ascii} NOT NULL,
    happen_ms BIGINT NOT NULL,
    receive_ms BIGINT NOT NULL,
    KEY age (receive_ms)
  )`,
];
