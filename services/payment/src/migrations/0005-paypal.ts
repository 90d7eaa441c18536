import type { MigrationInterface, QueryRunner } from "typeorm";

export class PayPal1763730000000 implements MigrationInterface {
  name = "PayPal1763730000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE ledger_audit");
    await runner.query("ALTER TABLE ledger_entry DROP KEY recent");
    await runner.query("ALTER TABLE transfer DROP COLUMN taking_parts");
  }
}

const statements = [
  // Out of which captures money is given back, for a provider that gives back by capture; planned once, for it is asked the same again.
  "ALTER TABLE transfer ADD COLUMN taking_parts TEXT NULL",
  // All that the sums of a time are made of, so that no row is read for them.
  "ALTER TABLE ledger_entry ADD KEY recent (create_ms, currency, amount)",
  // What debits and credits differed by when they were last added up, of all entries up to a time.
  `CREATE TABLE ledger_audit (
    currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    imbalance BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
  )`,
];
