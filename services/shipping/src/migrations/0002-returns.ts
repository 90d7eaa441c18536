import type { MigrationInterface, QueryRunner } from "typeorm";

/** Shipments may come back: from where. Those that were there go out. */
export class Returns1795300000000 implements MigrationInterface {
  name = "Returns1795300000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE shipment
         ADD COLUMN direction VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'outbound',
         ADD COLUMN sender TEXT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE shipment DROP COLUMN direction, DROP COLUMN sender");
  }
}
