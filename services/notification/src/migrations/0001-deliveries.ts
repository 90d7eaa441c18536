import type { MigrationInterface, QueryRunner } from "typeorm";

export class Deliveries1760000000000 implements MigrationInterface {
  name = "Deliveries1760000000000";

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DROP TABLE delivery_order, delivery");
  }
}

const ascii = "CHARACTER SET ascii COLLATE ascii_bin";
const id = `CHAR(36) ${ascii}`;

const tables = [
  // once_key: what is said once only, whatever the number of events that ask for it.
  `CREATE TABLE delivery (
    id ${id} NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    once_key VARCHAR(120) ${ascii} NOT NULL,
    template VARCHAR(64) ${ascii} NOT NULL,
    recipient VARCHAR(254) NOT NULL,
    subject VARCHAR(400) NOT NULL,
    state VARCHAR(16) ${ascii} NOT NULL,
    attempt_count INT NOT NULL,
    claim_ms BIGINT NULL,
    failure_reason VARCHAR(64) ${ascii} NOT NULL,
    event_id VARCHAR(64) ${ascii} NOT NULL,
    customer_id VARCHAR(36) ${ascii} NOT NULL,
    provider_reference VARCHAR(300) NOT NULL,
    create_ms BIGINT NOT NULL,
    update_ms BIGINT NOT NULL,
    next_attempt_ms BIGINT NULL,
    UNIQUE KEY once_key (once_key),
    KEY of_customer (customer_id, id),
    KEY in_state (state, id)
  )`,
  `CREATE TABLE delivery_order (
    order_id ${id} NOT NULL,
    delivery_id ${id} NOT NULL,
    position INT NOT NULL,
    PRIMARY KEY (order_id, delivery_id),
    KEY of_delivery (delivery_id, position)
  )`,
];
