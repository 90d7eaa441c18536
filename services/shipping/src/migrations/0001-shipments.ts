import type { MigrationInterface, QueryRunner } from "typeorm";

export class Shipments1760000000000 implements MigrationInterface {
  name = "Shipments1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE carrier_event, scan, shipment");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const code = `VARCHAR(24) ${ascii}`;

const tables = [
  // A parcel. A row in state "tombstone" refuses a shipment that was called off before it was planned.
  `CREATE TABLE shipment (
    id ${id} NOT NULL PRIMARY KEY,
    order_id ${id} NOT NULL,
    ship_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    order_group_id ${id} NOT NULL,
    person_id ${id} NULL,
    guest_token_hash CHAR(64) ${ascii} NULL,
    seller_id ${id} NOT NULL,
    location_id ${id} NOT NULL,
    version BIGINT NOT NULL,
    state ${code} NOT NULL,
    carrier ${code} NOT NULL,
    service VARCHAR(64) ${ascii} NOT NULL,
    service_type VARCHAR(64) ${ascii} NOT NULL,
    tracking_number VARCHAR(64) NOT NULL,
    label_key VARCHAR(128) ${ascii} NOT NULL,
    is_label_stray TINYINT NOT NULL,
    weight_grams INT NOT NULL,
    goods MEDIUMTEXT NOT NULL,
    destination TEXT NOT NULL,
    failure_reason VARCHAR(64) ${ascii} NOT NULL,
    estimate_ms BIGINT NULL,
    ship_ms BIGINT NULL,
    deliver_ms BIGINT NULL,
    ask_ms BIGINT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    UNIQUE KEY once (order_id, ship_key),
    KEY by_number (tracking_number),
    KEY due (ask_ms)
  )`,
  // What carriers reported, each once, late ones too.
  `CREATE TABLE scan (
    shipment_id ${id} NOT NULL,
    time_ms BIGINT NOT NULL,
    code VARCHAR(8) ${ascii} NOT NULL,
    state ${code} NOT NULL,
    description VARCHAR(200) NOT NULL,
    place VARCHAR(80) NOT NULL,
    PRIMARY KEY (shipment_id, time_ms, code)
  )`,
  // The reports that were taken, without what they said.
  `CREATE TABLE carrier_event (
    id VARCHAR(128) ${ascii} NOT NULL PRIMARY KEY,
    receive_ms BIGINT NOT NULL,
    KEY age (receive_ms)
  )`,
];
