import type { MigrationInterface, QueryRunner } from "typeorm";

/** What is booked for an order group beside its payment is looked up by the group. */
export class GroupLedger1795910000000 implements MigrationInterface {
  name = "GroupLedger1795910000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE ledger_entry ADD KEY of_group (order_group_id)");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE ledger_entry DROP KEY of_group");
  }
}
