import type { MigrationInterface, QueryRunner } from "typeorm";

/** Locations, counters with their ledger, holds and allocations. */
export class Stock1760000000000 implements MigrationInterface {
  readonly name = "Stock1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      "DROP TABLE shipment, allocation_line, allocation, hold_line, hold, movement, stock_level, stock_item, location",
    );
  }
}

const tables: readonly string[] = [
  `CREATE TABLE location (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    code VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(80) NOT NULL,
    country_code CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seller_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    priority INT NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_code (code)
  )`,
  `CREATE TABLE stock_item (
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    seller_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL
  )`,
  // The priority is the location's own, copied: reading it there would lock every location's row for every checkout.
  `CREATE TABLE stock_level (
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seller_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    priority INT NOT NULL,
    on_hand INT NOT NULL DEFAULT 0,
    allocated INT NOT NULL DEFAULT 0,
    held INT NOT NULL DEFAULT 0,
    safety INT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (sku, location_id),
    KEY by_seller (seller_id, sku, location_id),
    CONSTRAINT on_hand_not_negative CHECK (on_hand >= 0),
    CONSTRAINT allocated_not_negative CHECK (allocated >= 0),
    CONSTRAINT held_not_negative CHECK (held >= 0),
    CONSTRAINT safety_not_negative CHECK (safety >= 0),
    CONSTRAINT allocated_is_on_hand CHECK (allocated <= on_hand)
  )`,
  `CREATE TABLE movement (
    sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seller_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    on_hand_change INT NOT NULL,
    allocated_change INT NOT NULL,
    held_change INT NOT NULL,
    reference VARCHAR(128) COLLATE utf8mb4_bin NOT NULL,
    actor_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    note VARCHAR(200) NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_id (id),
    KEY by_sku (sku, sequence),
    KEY by_reference (reference, sequence),
    KEY by_seller (seller_id, sequence)
  )`,
  `CREATE TABLE hold (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    asked MEDIUMTEXT COLLATE utf8mb4_bin NOT NULL,
    expire_ms BIGINT NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY by_expiry (state, expire_ms)
  )`,
  `CREATE TABLE hold_line (
    hold_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quantity INT NOT NULL,
    PRIMARY KEY (hold_id, sku, location_id),
    CONSTRAINT held_quantity_positive CHECK (quantity > 0)
  )`,
  `CREATE TABLE allocation (
    order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    hold_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY by_hold (hold_id)
  )`,
  `CREATE TABLE allocation_line (
    order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sku VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    location_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quantity INT NOT NULL,
    shipped INT NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, sku, location_id),
    CONSTRAINT shipped_within_allocated CHECK (shipped BETWEEN 0 AND quantity)
  )`,
  `CREATE TABLE shipment (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    order_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL
  )`,
];
