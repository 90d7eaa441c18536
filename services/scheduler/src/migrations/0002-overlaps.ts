import type { MigrationInterface, QueryRunner } from "typeorm";

/** What is going and what waits for it. Runs from before were handed out, and nobody waits for their end. */
export class Overlaps1795360000000 implements MigrationInterface {
  name = "Overlaps1795360000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of changes) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of back) await runner.query(statement);
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";

const changes = [
  // look_ms: when what waits is to be looked after, though nobody told the end of what is going; NULL where nothing waits.
  `ALTER TABLE schedule
    ADD COLUMN overlap_policy VARCHAR(16) ${ascii} NOT NULL DEFAULT 'allow',
    ADD COLUMN lease_ms BIGINT NOT NULL DEFAULT 300000,
    ADD COLUMN going_run_id CHAR(36) ${ascii} NULL,
    ADD COLUMN going_until_ms BIGINT NULL,
    ADD COLUMN waiting TEXT NULL,
    ADD COLUMN look_ms BIGINT NULL,
    ADD KEY look (look_ms)`,
  `ALTER TABLE run
    ADD COLUMN state VARCHAR(16) ${ascii} NOT NULL DEFAULT 'handed',
    ADD COLUMN end_ms BIGINT NULL`,
];

const back = [
  `ALTER TABLE run DROP COLUMN state, DROP COLUMN end_ms`,
  `ALTER TABLE schedule DROP KEY look, DROP COLUMN overlap_policy, DROP COLUMN lease_ms, DROP COLUMN going_run_id,
    DROP COLUMN going_until_ms, DROP COLUMN waiting, DROP COLUMN look_ms`,
];
