import type { MigrationInterface, QueryRunner } from "typeorm";

export class Tenders1763700000000 implements MigrationInterface {
  name = "Tenders1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE gift_card_entry, gift_card");
    await runner.query("ALTER TABLE transfer DROP COLUMN gift_parts, DROP COLUMN attempt, DROP COLUMN reference");
    await runner.query("ALTER TABLE payment DROP COLUMN provider, DROP COLUMN gift_tenders, DROP COLUMN is_closed");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const code = `VARCHAR(24) ${ascii}`;

const statements = [
  // Payments that are there were promised by Stripe and by nobody else.
  `ALTER TABLE payment
     ADD COLUMN provider ${code} NOT NULL DEFAULT 'stripe',
     ADD COLUMN gift_tenders TEXT NULL,
     ADD COLUMN is_closed TINYINT NOT NULL DEFAULT 0`,
  `ALTER TABLE transfer
     ADD COLUMN gift_parts TEXT NULL,
     ADD COLUMN attempt INT NOT NULL DEFAULT 1,
     ADD COLUMN reference VARCHAR(255) ${ascii} NOT NULL DEFAULT ''`,
  // Value that we owe to whoever has the code. The code itself is nowhere.
  `CREATE TABLE gift_card (
    id ${id} NOT NULL PRIMARY KEY,
    code_hash CHAR(64) ${ascii} NOT NULL,
    last_four VARCHAR(4) ${ascii} NOT NULL,
    currency CHAR(3) ${ascii} NOT NULL,
    amount BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    held BIGINT NOT NULL,
    expire_ms BIGINT NULL,
    person_id ${id} NULL,
    reason VARCHAR(63) NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_code (code_hash),
    CONSTRAINT balance_within CHECK (balance BETWEEN 0 AND amount),
    CONSTRAINT held_within CHECK (held BETWEEN 0 AND balance)
  )`,
  // All that ever changed a gift card, append only: its counters are the sums.
  `CREATE TABLE gift_card_entry (
    id ${id} NOT NULL PRIMARY KEY,
    gift_card_id ${id} NOT NULL,
    kind ${code} NOT NULL,
    balance_delta BIGINT NOT NULL,
    held_delta BIGINT NOT NULL,
    payment_id ${id} NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY of_card (gift_card_id, id),
    KEY of_payment (payment_id)
  )`,
];
