import type { MigrationInterface, QueryRunner } from "typeorm";

export class SavedMethods1763710000000 implements MigrationInterface {
  name = "SavedMethods1763710000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE saved_method, provider_customer");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;
const code = `VARCHAR(24) ${ascii}`;
const reference = `VARCHAR(255) ${ascii}`;

const tables = [
  // Means of payment that providers keep for people, by the providers' names of them.
  `CREATE TABLE saved_method (
    id ${id} NOT NULL PRIMARY KEY,
    person_id ${id} NOT NULL,
    request_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    provider ${code} NOT NULL,
    state ${code} NOT NULL,
    customer ${reference} NOT NULL,
    reference ${reference} NOT NULL,
    setup_reference ${reference} NOT NULL,
    card_brand ${code} NOT NULL,
    card_last_four VARCHAR(4) ${ascii} NOT NULL,
    expire_month INT NOT NULL,
    expire_year INT NOT NULL,
    action_url VARCHAR(2048) NOT NULL,
    failure_reason VARCHAR(64) ${ascii} NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY by_key (person_id, request_id),
    KEY of_person (person_id, id)
  )`,
  // What providers call the people who save something.
  `CREATE TABLE provider_customer (
    person_id ${id} NOT NULL,
    provider ${code} NOT NULL,
    reference ${reference} NOT NULL,
    PRIMARY KEY (person_id, provider)
  )`,
];
