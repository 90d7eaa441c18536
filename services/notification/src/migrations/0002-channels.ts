import type { MigrationInterface, QueryRunner } from "typeorm";

/** Channels, preferences, suppressions, the shop's own pages, wordings. Deliveries from before went by e-mail. */
export class Channels1795361000000 implements MigrationInterface {
  name = "Channels1795361000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...changes, ...tables]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE wording, provider_event, device, notice, inbox, suppression, person_settings");
    await runner.query(
      `ALTER TABLE delivery DROP KEY reference, DROP COLUMN channel, DROP COLUMN facts, DROP COLUMN locale,
        DROP COLUMN deferral_count, DROP COLUMN unsure_since_ms`,
    );
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;

const changes = [
  `ALTER TABLE delivery
    ADD COLUMN channel VARCHAR(16) ${ascii} NOT NULL DEFAULT 'email',
    ADD COLUMN facts TEXT NULL,
    ADD COLUMN locale VARCHAR(8) ${ascii} NOT NULL DEFAULT '',
    ADD COLUMN deferral_count INT NOT NULL DEFAULT 0,
    ADD COLUMN unsure_since_ms BIGINT NULL,
    ADD KEY reference (provider_reference(64))`,
];

const tables = [
  // choices: what differs from the standard, as JSON.
  `CREATE TABLE person_settings (
    person_id ${id} NOT NULL PRIMARY KEY,
    choices TEXT NOT NULL,
    locale VARCHAR(8) ${ascii} NOT NULL,
    time_zone VARCHAR(64) ${ascii} NOT NULL,
    quiet_start_minute INT NULL,
    quiet_end_minute INT NULL,
    phone_number VARCHAR(16) ${ascii} NOT NULL,
    update_ms BIGINT NOT NULL
  )`,
  // address_hash: whom nothing may reach is known without being named. topic is empty for all.
  `CREATE TABLE suppression (
    address_hash CHAR(64) ${ascii} NOT NULL,
    channel VARCHAR(16) ${ascii} NOT NULL,
    topic VARCHAR(16) ${ascii} NOT NULL,
    reason VARCHAR(32) ${ascii} NOT NULL,
    create_ms BIGINT NOT NULL,
    PRIMARY KEY (address_hash, channel, topic, reason)
  )`,
  // last_sequence: counted up under its lock, so that what is committed later has the higher number.
  `CREATE TABLE inbox (
    person_id ${id} NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL
  )`,
  // sequence: of its last change, which is when it came or was read.
  `CREATE TABLE notice (
    id ${id} NOT NULL PRIMARY KEY,
    person_id ${id} NOT NULL,
    sequence BIGINT NOT NULL,
    template VARCHAR(64) ${ascii} NOT NULL,
    title VARCHAR(400) NOT NULL,
    body VARCHAR(1000) NOT NULL,
    link VARCHAR(200) NOT NULL,
    read_ms BIGINT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY change_of_person (person_id, sequence),
    KEY of_person (person_id, id),
    KEY age (create_ms)
  )`,
  `CREATE TABLE device (
    token_hash CHAR(64) ${ascii} NOT NULL PRIMARY KEY,
    person_id ${id} NOT NULL,
    token TEXT NOT NULL,
    platform VARCHAR(16) ${ascii} NOT NULL,
    update_ms BIGINT NOT NULL,
    KEY of_person (person_id)
  )`,
  `CREATE TABLE provider_event (
    id VARCHAR(128) ${ascii} NOT NULL PRIMARY KEY,
    create_ms BIGINT NOT NULL,
    KEY age (create_ms)
  )`,
  `CREATE TABLE wording (
    name VARCHAR(64) ${ascii} NOT NULL,
    locale VARCHAR(8) ${ascii} NOT NULL,
    version INT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html MEDIUMTEXT NOT NULL,
    short TEXT NOT NULL,
    create_ms BIGINT NOT NULL,
    PRIMARY KEY (name, locale, version)
  )`,
];
