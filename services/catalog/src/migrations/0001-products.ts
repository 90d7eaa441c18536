import type { MigrationInterface, QueryRunner } from "typeorm";

/** Categories, products with their variants, prices with their history, pictures with their uploads. */
export class Products1760000000000 implements MigrationInterface {
  readonly name = "Products1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE upload, picture, price_change, variant, product, category");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
const sku = "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
const word = "VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";
const currency = "CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL";

const tables: readonly string[] = [
  `CREATE TABLE category (
    id ${id} PRIMARY KEY,
    slug VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name VARCHAR(80) NOT NULL,
    parent_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    depth INT NOT NULL,
    position INT NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_slug (slug),
    KEY by_parent (parent_id),
    KEY by_depth (depth, position, id)
  )`,
  // The lowest price and the main picture are copies, kept with every change: lists and offers read one row.
  `CREATE TABLE product (
    id ${id} PRIMARY KEY,
    slug VARCHAR(120) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    title VARCHAR(200) NOT NULL,
    description TEXT NOT NULL,
    brand VARCHAR(100) NOT NULL,
    category_id ${id},
    seller_id ${id},
    seller_name VARCHAR(120) NOT NULL,
    attributes MEDIUMTEXT NOT NULL,
    options MEDIUMTEXT NOT NULL,
    state ${word},
    version BIGINT NOT NULL,
    lowest_price BIGINT NOT NULL,
    picture_url VARCHAR(600) NOT NULL,
    publish_ms BIGINT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_slug (slug),
    KEY newest (state, publish_ms, id),
    KEY cheapest (state, lowest_price, id),
    KEY by_title (state, title, id),
    KEY of_category (category_id, state, publish_ms, id),
    KEY of_seller (seller_id, id),
    CONSTRAINT lowest_price_not_negative CHECK (lowest_price >= 0)
  )`,
  `CREATE TABLE variant (
    id ${id} PRIMARY KEY,
    product_id ${id},
    position INT NOT NULL,
    sku ${sku},
    option_values MEDIUMTEXT NOT NULL,
    price BIGINT NOT NULL,
    currency_code ${currency},
    weight_grams INT NOT NULL,
    UNIQUE KEY by_sku (sku),
    UNIQUE KEY by_position (product_id, position),
    CONSTRAINT price_not_negative CHECK (price >= 0)
  )`,
  `CREATE TABLE price_change (
    id ${id} PRIMARY KEY,
    sku ${sku},
    price BIGINT NOT NULL,
    currency_code ${currency},
    actor_id VARCHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY by_sku (sku, create_ms)
  )`,
  `CREATE TABLE picture (
    upload_id ${id} PRIMARY KEY,
    product_id ${id},
    position INT NOT NULL,
    url VARCHAR(600) NOT NULL,
    alternative_text VARCHAR(200) NOT NULL,
    UNIQUE KEY by_position (product_id, position)
  )`,
  `CREATE TABLE upload (
    id ${id} PRIMARY KEY,
    product_id ${id},
    storage_key VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    size_bytes BIGINT NOT NULL,
    create_ms BIGINT NOT NULL
  )`,
];
