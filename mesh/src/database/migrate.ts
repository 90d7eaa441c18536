import { type DataSource, MigrationExecutor, type QueryRunner } from "typeorm";

const LOCK_WAIT_S = 60;

/** Runs the migrations that are pending; replicas that start together wait for one another. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner("master");
  try {
    await lock(runner);
    try {
      const executor = new MigrationExecutor(dataSource, runner);
      // DDL commits by itself: a transaction around it would promise what it cannot keep.
      executor.transaction = "none";
      await executor.executePendingMigrations();
    } finally {
      await runner.query("SELECT RELEASE_LOCK(CONCAT('mesh.migrate.', DATABASE()))");
    }
  } finally {
    await runner.release();
  }
}

async function lock(runner: QueryRunner): Promise<void> {
  const [row] = await runner.query("SELECT GET_LOCK(CONCAT('mesh.migrate.', DATABASE()), ?) AS taken", [LOCK_WAIT_S]);
  if (Number(row?.taken) !== 1) throw new Error(`another replica has been migrating for ${LOCK_WAIT_S} s`);
}
