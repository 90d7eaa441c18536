import type { MigrationInterface, QueryRunner } from "typeorm";

/** Promotions with the count that their limit is held by, and redemptions. */
export class Promotions1760000000000 implements MigrationInterface {
  readonly name = "Promotions1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE redemption, promotion");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
const state = "VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin";
const code = "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

const tables = [
  // redemption_count is what is reserved or confirmed; the CHECK is the last line of the limit's defence.
  `CREATE TABLE promotion (
    id ${id} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    label VARCHAR(120) NOT NULL,
    coupon_code ${code} NOT NULL,
    discount_basis_points INT NOT NULL,
    state ${state} NOT NULL,
    start_ms BIGINT NULL,
    end_ms BIGINT NULL,
    max_redemptions INT NOT NULL,
    max_per_customer INT NOT NULL,
    minimum_currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
    minimum_minor_units BIGINT NULL,
    redemption_count INT NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY code (coupon_code),
    CHECK (redemption_count >= 0 AND (max_redemptions = 0 OR redemption_count <= max_redemptions))
  )`,
  // promotion_id is NULL where the release came first: a tombstone.
  `CREATE TABLE redemption (
    id ${id} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    state ${state} NOT NULL,
    promotion_id ${id} NULL,
    coupon_code ${code} NOT NULL,
    customer_id ${id} NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    KEY of_customer (promotion_id, customer_id)
  )`,
];
