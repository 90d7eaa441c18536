import type { MigrationInterface, QueryRunner } from "typeorm";

/** Carts, each one row: at most 200 lines, always read and written together. */
export class Carts1760000000000 implements MigrationInterface {
  readonly name = "Carts1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    // open_customer_id is the customer's while the cart is open, then NULL: one open cart for each.
    await runner.query(`CREATE TABLE cart (
      id ${id} NOT NULL PRIMARY KEY,
      version BIGINT NOT NULL,
      state VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
      customer_id ${id} NULL,
      open_customer_id ${id} NULL,
      guest_token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
      items MEDIUMTEXT NOT NULL,
      coupon_code VARCHAR(64) NOT NULL,
      order_group_id ${id} NULL,
      create_ms BIGINT NOT NULL,
      update_ms BIGINT NOT NULL,
      expire_ms BIGINT NULL,
      UNIQUE KEY one_open (open_customer_id),
      KEY expiry (expire_ms)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE cart");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
