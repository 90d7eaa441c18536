import type { MigrationInterface, QueryRunner } from "typeorm";

/** Each label that is asked for has a name of its own, and is looked for by that. */
export class LabelAttempts1795700000000 implements MigrationInterface {
  name = "LabelAttempts1795700000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE shipment ADD COLUMN label_attempt INT NOT NULL DEFAULT 0");
    // Until when one is looked for whose number nobody knows; 0: once.
    await runner.query(
      `ALTER TABLE given_up_label ADD COLUMN attempt INT NOT NULL DEFAULT 0, ADD COLUMN until_ms BIGINT NOT NULL DEFAULT 0,
       DROP PRIMARY KEY, ADD PRIMARY KEY (shipment_id, carrier, tracking_number, attempt)`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM given_up_label WHERE attempt > 0");
    await runner.query(
      `ALTER TABLE given_up_label DROP PRIMARY KEY, ADD PRIMARY KEY (shipment_id, carrier, tracking_number),
       DROP COLUMN attempt, DROP COLUMN until_ms`,
    );
    await runner.query("ALTER TABLE shipment DROP COLUMN label_attempt");
  }
}
