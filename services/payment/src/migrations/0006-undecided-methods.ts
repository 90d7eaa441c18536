import type { MigrationInterface, QueryRunner } from "typeorm";

/** The saved methods of which nobody knows yet whether they are kept are looked at by the schedule. */
export class UndecidedMethods1795600000000 implements MigrationInterface {
  name = "UndecidedMethods1795600000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE saved_method ADD KEY by_state (state, create_ms)");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE saved_method DROP KEY by_state");
  }
}
