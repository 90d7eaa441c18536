import type { MigrationInterface, QueryRunner } from "typeorm";

export class Disputes1763720000000 implements MigrationInterface {
  name = "Disputes1763720000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE dispute, discrepancy, reconciliation");
    await runner.query("ALTER TABLE payment DROP KEY by_reference, DROP KEY changed");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const code = `VARCHAR(24) ${ascii}`;
const reference = `VARCHAR(255) ${ascii}`;
const currency = `CHAR(3) ${ascii}`;

const statements = [
  // What payers' banks take back, until it is decided.
  `CREATE TABLE dispute (
    id ${id} NOT NULL PRIMARY KEY,
    payment_id ${id} NOT NULL,
    order_group_id ${id} NOT NULL,
    provider ${code} NOT NULL,
    reference ${reference} NOT NULL,
    state ${code} NOT NULL,
    currency ${currency} NOT NULL,
    amount BIGINT NOT NULL,
    fee_currency ${currency} NOT NULL,
    fee BIGINT NOT NULL,
    reason VARCHAR(63) NOT NULL,
    evidence_due_ms BIGINT NULL,
    is_answered TINYINT NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    UNIQUE KEY once (reference),
    KEY of_payment (payment_id)
  )`,
  // How our books differ from a provider's: each difference once, until it heals.
  `CREATE TABLE discrepancy (
    id ${id} NOT NULL PRIMARY KEY,
    provider ${code} NOT NULL,
    reference ${reference} NOT NULL,
    kind ${code} NOT NULL,
    payment_id VARCHAR(64) ${ascii} NOT NULL,
    here VARCHAR(255) NOT NULL,
    there VARCHAR(255) NOT NULL,
    find_ms BIGINT NOT NULL,
    resolve_ms BIGINT NULL,
    UNIQUE KEY once (provider, reference, kind),
    KEY open (resolve_ms, id)
  )`,
  // Until when a provider's books have been compared with ours.
  `CREATE TABLE reconciliation (
    provider ${code} NOT NULL PRIMARY KEY,
    until_ms BIGINT NOT NULL
  )`,
  // Messages and reconciliation look payments up by the provider's name, and by when they changed.
  "ALTER TABLE payment ADD KEY by_reference (reference), ADD KEY changed (provider, update_ms)",
];
