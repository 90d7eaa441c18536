import type { MigrationInterface, QueryRunner } from "typeorm";

/** Where locations are and holds go to, what of an order was given back or came back, and what was returned. */
export class AddressesAndReturns1763700000000 implements MigrationInterface {
  readonly name = "AddressesAndReturns1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of steps) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of backwards) await runner.query(statement);
  }
}

const steps: readonly string[] = [
  `ALTER TABLE location
    ADD COLUMN address_name VARCHAR(120) NOT NULL DEFAULT '',
    ADD COLUMN line1 VARCHAR(120) NOT NULL DEFAULT '',
    ADD COLUMN line2 VARCHAR(120) NOT NULL DEFAULT '',
    ADD COLUMN city VARCHAR(80) NOT NULL DEFAULT '',
    ADD COLUMN region VARCHAR(80) NOT NULL DEFAULT '',
    ADD COLUMN postal_code VARCHAR(20) NOT NULL DEFAULT '',
    ADD COLUMN phone VARCHAR(32) NOT NULL DEFAULT ''`,
  // A location's own is read now, without a lock; the copy stays for whoever still writes it.
  "ALTER TABLE stock_level ALTER COLUMN priority SET DEFAULT 0",
  // JSON; nothing for holds that go to no known place.
  "ALTER TABLE hold ADD COLUMN destination TEXT NULL",
  `ALTER TABLE allocation_line
    ADD COLUMN deallocated INT NOT NULL DEFAULT 0,
    ADD COLUMN restocked INT NOT NULL DEFAULT 0,
    ADD CONSTRAINT given_back_was_allocated CHECK (deallocated >= 0 AND shipped + deallocated <= quantity),
    ADD CONSTRAINT restocked_was_shipped CHECK (restocked BETWEEN 0 AND shipped)`,
  `CREATE TABLE goods_return (
    id VARCHAR(64) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    returned MEDIUMTEXT COLLATE utf8mb4_bin NOT NULL,
    restocked MEDIUMTEXT COLLATE utf8mb4_bin NOT NULL,
    written_off MEDIUMTEXT COLLATE utf8mb4_bin NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY by_order (order_id)
  )`,
];

const backwards: readonly string[] = [
  "DROP TABLE goods_return",
  `ALTER TABLE allocation_line DROP CONSTRAINT restocked_was_shipped, DROP CONSTRAINT given_back_was_allocated,
    DROP COLUMN restocked, DROP COLUMN deallocated`,
  "ALTER TABLE hold DROP COLUMN destination",
  `ALTER TABLE location DROP COLUMN phone, DROP COLUMN postal_code, DROP COLUMN region, DROP COLUMN city,
    DROP COLUMN line2, DROP COLUMN line1, DROP COLUMN address_name`,
];
