import type { MigrationInterface, QueryRunner } from "typeorm";

/** What the marketplace pays of a price besides its buyer; of transfers that were begun before, nothing is booked as such. */
export class PlatformShares1795900000000 implements MigrationInterface {
  name = "PlatformShares1795900000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE transfer ADD COLUMN platform_share BIGINT NOT NULL DEFAULT 0");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE transfer DROP COLUMN platform_share");
  }
}
