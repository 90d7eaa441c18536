import type { MigrationInterface, QueryRunner } from "typeorm";

/** Zones, labels given up for another carrier's, and what carriers say of a parcel's arrival. */
export class Zones1795600000000 implements MigrationInterface {
  name = "Zones1795600000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE shipment DROP COLUMN promise_ms");
    await runner.query("ALTER TABLE scan DROP COLUMN estimate_ms");
    await runner.query("DROP TABLE given_up_label, rate_method, zone");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";

const statements = [
  `CREATE TABLE zone (
    id VARCHAR(32) ${ascii} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    body MEDIUMTEXT NOT NULL,
    update_ms BIGINT NOT NULL
  )`,
  // What the ids of methods stand for; kept once no zone offers them any more, for orders were placed with them.
  `CREATE TABLE rate_method (
    id VARCHAR(64) ${ascii} NOT NULL PRIMARY KEY,
    least_days INT NOT NULL,
    most_days INT NOT NULL,
    carriers VARCHAR(64) ${ascii} NOT NULL
  )`,
  // Labels that nobody wants, beside the one that a shipment's own row knows. An empty number: nobody knows it, or whether there is one.
  `CREATE TABLE given_up_label (
    shipment_id CHAR(36) ${ascii} NOT NULL,
    carrier VARCHAR(24) ${ascii} NOT NULL,
    tracking_number VARCHAR(64) NOT NULL,
    service_type VARCHAR(64) ${ascii} NOT NULL,
    ask_ms BIGINT NOT NULL,
    is_open TINYINT NOT NULL,
    PRIMARY KEY (shipment_id, carrier, tracking_number),
    KEY due (is_open, ask_ms)
  )`,
  "ALTER TABLE scan ADD COLUMN estimate_ms BIGINT NULL",
  "ALTER TABLE shipment ADD COLUMN promise_ms BIGINT NULL",
];
