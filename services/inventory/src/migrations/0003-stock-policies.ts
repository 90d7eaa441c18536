import type { MigrationInterface, QueryRunner } from "typeorm";

/** What may be sold beyond stock, and when few are left. */
export class StockPolicies1763710000000 implements MigrationInterface {
  readonly name = "StockPolicies1763710000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE stock_level
      ADD COLUMN backorder_limit INT NOT NULL DEFAULT 0,
      ADD COLUMN expect_ms BIGINT NULL,
      ADD COLUMN low_threshold INT NOT NULL DEFAULT 0,
      ADD CONSTRAINT backorder_limit_not_negative CHECK (backorder_limit >= 0),
      ADD CONSTRAINT low_threshold_not_negative CHECK (low_threshold >= 0),
      ADD CONSTRAINT allocated_within_reach CHECK (allocated <= on_hand + backorder_limit)`);
    // The new one is the same without a limit, and the old one would refuse what a limit allows.
    await runner.query("ALTER TABLE stock_level DROP CONSTRAINT allocated_is_on_hand");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE stock_level ADD CONSTRAINT allocated_is_on_hand CHECK (allocated <= on_hand)");
    await runner.query(`ALTER TABLE stock_level
      DROP CONSTRAINT allocated_within_reach, DROP CONSTRAINT low_threshold_not_negative,
      DROP CONSTRAINT backorder_limit_not_negative,
      DROP COLUMN low_threshold, DROP COLUMN expect_ms, DROP COLUMN backorder_limit`);
  }
}
