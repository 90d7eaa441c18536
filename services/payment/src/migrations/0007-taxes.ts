import type { MigrationInterface, QueryRunner } from "typeorm";

/** What of a transfer is tax; of those that were begun before, nothing is booked as such. */
export class Taxes1795700000000 implements MigrationInterface {
  name = "Taxes1795700000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE transfer ADD COLUMN tax BIGINT NOT NULL DEFAULT 0");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE transfer DROP COLUMN tax");
  }
}
