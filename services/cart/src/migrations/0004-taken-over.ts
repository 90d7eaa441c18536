import type { MigrationInterface, QueryRunner } from "typeorm";

/** Which guests' carts a customer's took over; those of before are not known. */
export class TakenOver1795700000000 implements MigrationInterface {
  readonly name = "TakenOver1795700000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "ALTER TABLE cart ADD COLUMN taken_over VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT ''",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE cart DROP COLUMN taken_over");
  }
}
