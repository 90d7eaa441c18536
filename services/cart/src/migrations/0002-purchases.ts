import type { MigrationInterface, QueryRunner } from "typeorm";

/** Which order groups took their goods out of which carts: a cart outlives a checkout, and each takes out once. */
export class CartPurchases1795300000000 implements MigrationInterface {
  readonly name = "CartPurchases1795300000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE IF NOT EXISTS cart_purchase (
      cart_id ${id} NOT NULL,
      order_group_id ${id} NOT NULL,
      PRIMARY KEY (cart_id, order_group_id)
    )`);
    await runner.query(
      "INSERT IGNORE INTO cart_purchase SELECT id, order_group_id FROM cart WHERE order_group_id IS NOT NULL",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE cart_purchase");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
