import type { MigrationInterface, QueryRunner } from "typeorm";

export class Orders1760000000000 implements MigrationInterface {
  name = "Orders1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE timeline, orders, order_group, quote");
  }
}

const id = "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
const code = "VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin";

const tables = [
  // A priced snapshot; read back, never re-priced.
  `CREATE TABLE quote (
    id ${id} NOT NULL PRIMARY KEY,
    person_id ${id} NULL,
    guest_token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    snapshot MEDIUMTEXT NOT NULL,
    expire_ms BIGINT NOT NULL,
    KEY age (expire_ms)
  )`,
  // One checkout; the key "once" lets one come of a cart, whatever the keys of the requests, and another only once that was
  // turned back: then it is the next attempt.
  `CREATE TABLE order_group (
    id ${id} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    state ${code} NOT NULL,
    cart_id ${id} NOT NULL,
    cart_version BIGINT NOT NULL,
    attempt INT NOT NULL,
    person_id ${id} NULL,
    email VARCHAR(254) NOT NULL,
    snapshot MEDIUMTEXT NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    UNIQUE KEY once (cart_id, attempt),
    KEY of_email (email, id)
  )`,
  `CREATE TABLE orders (
    id ${id} NOT NULL PRIMARY KEY,
    number CHAR(13) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    group_id ${id} NOT NULL,
    position INT NOT NULL,
    version BIGINT NOT NULL,
    state ${code} NOT NULL,
    seller_id ${id} NOT NULL,
    person_id ${id} NULL,
    snapshot MEDIUMTEXT NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    UNIQUE KEY number (number),
    KEY of_group (group_id, position),
    KEY of_person (person_id, id),
    KEY of_seller (seller_id, id)
  )`,
  // What happened to a group, in order; the sequence is the cursor of WatchOrder.
  `CREATE TABLE timeline (
    group_id ${id} NOT NULL,
    sequence BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    order_id ${id} NULL,
    kind ${code} NOT NULL,
    summary VARCHAR(200) NOT NULL,
    reason VARCHAR(64) NOT NULL,
    trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (group_id, sequence)
  )`,
];
