import type { MigrationInterface, QueryRunner } from "typeorm";

export class Places1763700000000 implements MigrationInterface {
  name = "Places1763700000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE sign_in_place");
    await runner.query("DELETE FROM sign_in_attempt WHERE place <> ''");
    await runner.query("ALTER TABLE sign_in_attempt DROP PRIMARY KEY, DROP COLUMN place, ADD PRIMARY KEY (email_hash)");
  }
}

const hash = "CHAR(64) CHARACTER SET ascii COLLATE ascii_bin";

const statements = [
  // A place is the keyed hash of a client's address; the empty one is all from which nobody has signed in.
  `ALTER TABLE sign_in_attempt
    ADD COLUMN place ${hash} NOT NULL DEFAULT '' AFTER email_hash,
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (email_hash, place)`,
  `CREATE TABLE sign_in_place (
    email_hash ${hash} NOT NULL,
    place ${hash} NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (email_hash, place),
    KEY age (last_ms)
  )`,
];
