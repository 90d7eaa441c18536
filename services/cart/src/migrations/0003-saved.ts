import type { MigrationInterface, QueryRunner } from "typeorm";

/** What is kept for later, carts that were taken over, and since when a cart lies there. */
export class SavedItems1795400000000 implements MigrationInterface {
  readonly name = "SavedItems1795400000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS saved_item (
      customer_id ${id} NOT NULL,
      sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
      quantity INT NOT NULL,
      seen VARCHAR(200) NULL,
      save_ms BIGINT NOT NULL,
      PRIMARY KEY (customer_id, sku),
      KEY latest (customer_id, save_ms, sku)
    )`);
    // rest_since_ms is NULL once a cart was told to be abandoned; those of before are not told.
    await runner.query(`ALTER TABLE cart
      ADD COLUMN merged_into_id ${id} NULL,
      ADD COLUMN rest_since_ms BIGINT NULL,
      ADD KEY resting (rest_since_ms)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE cart DROP KEY resting, DROP COLUMN rest_since_ms, DROP COLUMN merged_into_id");
    await runner.query("DROP TABLE saved_item");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
