import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Actions, conditions, classes, funding, budgets, generated codes, automatic promotions in a redemption, customers' groups and the
 * projection of confirmed orders. A promotion without a definition is of older code: a percentage of the sum, which sellers bear.
 */
export class PromotionsAtFullDepth1795500000000 implements MigrationInterface {
  readonly name = "PromotionsAtFullDepth1795500000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE past_order, customer_group, promotion_code, redemption_part");
    await runner.query("ALTER TABLE redemption DROP COLUMN discount_minor_units, DROP COLUMN currency");
    await runner.query(
      `ALTER TABLE promotion DROP CONSTRAINT within_budget, DROP KEY by_trigger, DROP KEY by_seller, DROP KEY by_told, DROP COLUMN budget_minor_units,
       DROP COLUMN budget_spent, DROP COLUMN code_count, DROP COLUMN told, DROP COLUMN seller_id, DROP COLUMN definition,
       DROP COLUMN trigger_kind`,
    );
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
const word = "VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin";
const code = "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
const currency = "CHAR(3) CHARACTER SET ascii COLLATE ascii_bin";

const statements = [
  // told: what was last said of it, "none", "started" or "ended". The CHECK is the last line of the budget's defence.
  `ALTER TABLE promotion
    MODIFY coupon_code ${code} NULL,
    ADD COLUMN trigger_kind ${word} NOT NULL DEFAULT 'code',
    ADD COLUMN definition TEXT NULL,
    ADD COLUMN seller_id ${id} NULL,
    ADD COLUMN budget_minor_units BIGINT NULL,
    ADD COLUMN budget_spent BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN code_count INT NOT NULL DEFAULT 0,
    ADD COLUMN told ${word} NOT NULL DEFAULT 'none',
    ADD KEY by_trigger (trigger_kind, state),
    ADD KEY by_seller (seller_id, id),
    ADD KEY by_told (told, start_ms),
    ADD CONSTRAINT within_budget CHECK (budget_spent >= 0 AND (budget_minor_units IS NULL OR budget_spent <= budget_minor_units))`,
  // What the coupon took off; NULL where it was not told, which counts as nothing.
  `ALTER TABLE redemption ADD COLUMN currency ${currency} NULL, ADD COLUMN discount_minor_units BIGINT NULL`,
  // The counted automatic promotions of a redemption; the coupon's is in its own row.
  `CREATE TABLE redemption_part (
    redemption_id ${id} NOT NULL,
    promotion_id ${id} NOT NULL,
    customer_id ${id} NULL,
    discount_minor_units BIGINT NOT NULL,
    PRIMARY KEY (redemption_id, promotion_id),
    KEY of_customer (promotion_id, customer_id)
  )`,
  `CREATE TABLE promotion_code (
    code ${code} NOT NULL PRIMARY KEY,
    promotion_id ${id} NOT NULL,
    redemption_id ${id} NULL,
    create_ms BIGINT NOT NULL,
    KEY of_promotion (promotion_id, code),
    KEY of_redemption (redemption_id)
  )`,
  `CREATE TABLE customer_group (
    customer_id ${id} NOT NULL,
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (customer_id, name)
  )`,
  `CREATE TABLE past_order (
    order_id ${id} NOT NULL PRIMARY KEY,
    group_id ${id} NOT NULL,
    customer_id ${id} NULL,
    seller_id ${id} NOT NULL,
    country_code VARCHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    currency ${currency} NOT NULL,
    shipping_minor_units BIGINT NOT NULL,
    goods MEDIUMTEXT NOT NULL,
    confirm_ms BIGINT NOT NULL,
    KEY of_group (group_id),
    KEY of_customer (customer_id, group_id),
    KEY by_time (confirm_ms, group_id)
  )`,
];
