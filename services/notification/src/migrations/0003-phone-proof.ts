import type { MigrationInterface, QueryRunner } from "typeorm";

/** Proof that a number is its owner's: those from before have none, and get no SMS until they have. */
export class PhoneProof1795600000000 implements MigrationInterface {
  name = "PhoneProof1795600000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE person_settings ADD COLUMN phone_verified_ms BIGINT NULL");
    await runner.query(codes);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE phone_code");
    await runner.query("ALTER TABLE person_settings DROP COLUMN phone_verified_ms");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const codes = `CREATE TABLE phone_code (
  id CHAR(36) ${ascii} NOT NULL PRIMARY KEY,
  person_id CHAR(36) ${ascii} NOT NULL,
  number_hash CHAR(64) ${ascii} NOT NULL,
  try_count INT NOT NULL,
  create_ms BIGINT NOT NULL,
  KEY of_number (number_hash, create_ms),
  KEY of_person (person_id, create_ms),
  KEY recent (create_ms)
)`;
