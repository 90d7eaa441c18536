import type { MigrationInterface, QueryRunner } from "typeorm";

/** The tables that the mesh keeps in every service's schema. Times are epoch ms of the mesh's clock. */
export class MeshTables1750000000000 implements MigrationInterface {
  name = "MeshTables1750000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      "DROP TABLE mesh_outbox, mesh_inbox, mesh_inbox_version, mesh_dead_letter, mesh_idempotency, mesh_saga, mesh_saga_log",
    );
  }
}

/** Which run of each schedule began last; kept longer than any stream. */
export class MeshRuns1796000000000 implements MigrationInterface {
  name = "MeshRuns1796000000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE mesh_run (
        schedule_id VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
        run_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        fencing_token BIGINT NOT NULL,
        create_ms BIGINT NOT NULL,
        KEY age (create_ms)
      )`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE mesh_run");
  }
}

const tables = [
  // What was said and is to be published; kept for refills after it was (published_ms set).
  `CREATE TABLE mesh_outbox (
    id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    message_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    aggregate_id VARCHAR(128) NOT NULL,
    version BIGINT NOT NULL,
    headers TEXT NOT NULL,
    payload MEDIUMBLOB NOT NULL,
    create_ms BIGINT NOT NULL,
    published_ms BIGINT NULL,
    KEY pending (published_ms, id)
  )`,
  // Which messages had their effect, by consumer; kept longer than any outbox.
  `CREATE TABLE mesh_inbox (
    consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL,
    PRIMARY KEY (consumer, message_id),
    KEY age (create_ms)
  )`,
  // The newest version that a consumer of the order 'latest' has seen of an aggregate.
  `CREATE TABLE mesh_inbox_version (
    consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    aggregate_id VARCHAR(128) NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (consumer, aggregate_id)
  )`,
  // Messages given up after their last delivery, until a person redrives or drops them.
  `CREATE TABLE mesh_dead_letter (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    message_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    headers TEXT NOT NULL,
    payload MEDIUMBLOB NOT NULL,
    error TEXT NOT NULL,
    deliveries INT NOT NULL,
    create_ms BIGINT NOT NULL,
    UNIQUE KEY once (consumer, message_id)
  )`,
  // One row a (principal, method, request_id): the claim of a RESUMABLE method, the answer of a done one.
  `CREATE TABLE mesh_idempotency (
    scope BINARY(32) NOT NULL PRIMARY KEY,
    request_hash BINARY(32) NOT NULL,
    response MEDIUMBLOB NULL,
    lease_until_ms BIGINT NOT NULL,
    create_ms BIGINT NOT NULL,
    KEY age (create_ms)
  )`,
  `CREATE TABLE mesh_saga (
    id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version BIGINT NOT NULL,
    phase VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    state MEDIUMTEXT NOT NULL,
    progress TEXT NOT NULL,
    attempts INT NOT NULL,
    wake_ms BIGINT NULL,
    lease_owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    lease_until_ms BIGINT NOT NULL,
    trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    PRIMARY KEY (kind, id),
    KEY due (kind, wake_ms)
  )`,
  `CREATE TABLE mesh_saga_log (
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    saga_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence INT NOT NULL,
    time_ms BIGINT NOT NULL,
    step VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    action VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    result VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempt INT NOT NULL,
    detail VARCHAR(500) NOT NULL,
    trace_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (kind, saga_id, sequence)
  )`,
];
