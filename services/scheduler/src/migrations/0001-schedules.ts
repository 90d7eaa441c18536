import type { MigrationInterface, QueryRunner } from "typeorm";

export class Schedules1760000000000 implements MigrationInterface {
  name = "Schedules1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE run, schedule");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const binary = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

const tables = [
  // run_ms for once, cron and time_zone for again and again.
  `CREATE TABLE schedule (
    service VARCHAR(32) ${ascii} NOT NULL,
    id VARCHAR(128) ${binary} NOT NULL,
    purpose VARCHAR(64) NOT NULL,
    run_ms BIGINT NULL,
    cron VARCHAR(120) NULL,
    time_zone VARCHAR(64) NULL,
    misfire_policy VARCHAR(16) ${ascii} NOT NULL,
    parameters TEXT NOT NULL,
    state VARCHAR(16) ${ascii} NOT NULL,
    next_ms BIGINT NULL,
    last_ms BIGINT NULL,
    fencing_token BIGINT NOT NULL,
    asked_ms BIGINT NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    PRIMARY KEY (service, id),
    KEY due (state, next_ms)
  )`,
  `CREATE TABLE run (
    sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    id CHAR(36) ${ascii} NOT NULL,
    service VARCHAR(32) ${ascii} NOT NULL,
    schedule_id VARCHAR(128) ${binary} NOT NULL,
    due_ms BIGINT NOT NULL,
    start_ms BIGINT NOT NULL,
    fencing_token BIGINT NOT NULL,
    cause VARCHAR(16) ${ascii} NOT NULL,
    UNIQUE KEY id (id),
    UNIQUE KEY of_schedule (service, schedule_id, fencing_token),
    KEY age (start_ms)
  )`,
];
