import test from "ava";
import type { MigrationInterface, QueryRunner } from "typeorm";
import { testDatabase } from "../src/testing/database.ts";

class Things1800000000000 implements MigrationInterface {
  name = "Things1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("CREATE TABLE thing (id VARCHAR(40) NOT NULL PRIMARY KEY, amount BIGINT NOT NULL)");
  }
  async down(): Promise<void> {}
}

const migrations = [Things1800000000000];
const thing = (id: string) => ({ id, amount: 1 });

test("what is sent with the commit is seen after it, and nothing of a transaction whose last is refused", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations, poolSize: 2 });
  await transaction(async (tx) => {
    tx.insertLast("thing", [thing("b"), thing("c")]);
    tx.executeLast("UPDATE thing SET amount = ? WHERE id = ?", [7, "b"]);
    await tx.insert("thing", [thing("a")]);
    t.deepEqual(await tx.rows("SELECT id FROM thing"), [{ id: "a" }]);
  });
  t.deepEqual(await sql.rows("SELECT id, amount FROM thing ORDER BY id"), [
    { id: "a", amount: "1" },
    { id: "b", amount: "7" },
    { id: "c", amount: "1" },
  ]);
  const refused = transaction(async (tx) => {
    await tx.insert("thing", [thing("d")]);
    tx.executeLast("UPDATE thing SET amount = 9");
    tx.insertLast("thing", [thing("a")]);
    tx.insertLast("thing", [thing("e")]);
  });
  t.like(await t.throwsAsync(refused), { reason: "DUPLICATE", metadata: { key: "PRIMARY" } });
  await transaction(async (tx) => tx.insertLast("thing", [thing("f")]));
  t.deepEqual(await sql.rows("SELECT id, amount FROM thing ORDER BY id"), [
    { id: "a", amount: "1" },
    { id: "b", amount: "7" },
    { id: "c", amount: "1" },
    { id: "f", amount: "1" },
  ]);
});

test("queries that are sent at once answer each for itself, and only in a transaction are several taken", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a"), thing("b; c")]);
  const found = await transaction((tx) =>
    tx.allRows(
      { statement: "SELECT id FROM thing WHERE id = ?", values: ["b; c"] },
      { statement: "SELECT id FROM thing WHERE id = 'none'" },
      { statement: "SELECT COUNT(*) AS count FROM thing" },
    ),
  );
  t.deepEqual(found, [[{ id: "b; c" }], [], [{ count: "2" }]]);
  await t.throwsAsync(sql.execute("DELETE FROM thing; DELETE FROM thing"));
  t.is((await sql.rows("SELECT id FROM thing")).length, 2);
});
