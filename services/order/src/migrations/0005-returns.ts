import type { MigrationInterface, QueryRunner } from "typeorm";

/** Where returns are found: a return itself lives in its order's snapshot, and changes under its group's lock. */
export class Returns1795500000000 implements MigrationInterface {
  name = "Returns1795500000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE order_return (
        id ${id} NOT NULL PRIMARY KEY,
        order_id ${id} NOT NULL,
        group_id ${id} NOT NULL,
        seller_id ${id} NOT NULL,
        person_id ${id} NULL,
        state VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        is_escalated TINYINT NOT NULL,
        create_ms BIGINT NOT NULL,
        KEY of_order (order_id, id),
        KEY of_seller (seller_id, id),
        KEY of_person (person_id, id)
      )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE order_return");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
