import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * A quote names its cart, so that one statement finds it with the group that came of the cart. Absent in
 * what older code still writes while it is replaced: then a second look finds the group.
 */
export class QuotesOfCarts1795200000000 implements MigrationInterface {
  name = "QuotesOfCarts1795200000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE quote ADD COLUMN cart_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL");
    await runner.query("UPDATE quote SET cart_id = JSON_VALUE(snapshot, '$.cartId')");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE quote DROP COLUMN cart_id");
  }
}
