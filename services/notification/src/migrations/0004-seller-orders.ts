import type { MigrationInterface, QueryRunner } from "typeorm";

/** Confirmed orders that their sellers have not been told of yet. */
export class SellerOrders1795960000000 implements MigrationInterface {
  name = "SellerOrders1795960000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(orders);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE seller_order");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const orders = `CREATE TABLE seller_order (
  order_id CHAR(36) ${ascii} NOT NULL PRIMARY KEY,
  order_number VARCHAR(24) ${ascii} NOT NULL,
  seller_id VARCHAR(36) ${ascii} NOT NULL,
  create_ms BIGINT NOT NULL,
  KEY of_seller (seller_id, order_id)
)`;
