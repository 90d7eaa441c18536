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
    tx.insertLast("thing", [thing("b")]);
    tx.insertLast("thing", [thing("c")]);
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

test("a commit is refused where one of its last matches too few rows, by the words of that one", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a"), thing("b")]);
  const set = (id: string, ids: readonly string[]) =>
    transaction(async (tx) => {
      tx.executeLast("UPDATE thing SET amount = 2 WHERE id = ?", [id], {
        rows: 1,
        otherwise: () => new Error(`no ${id}`),
      });
      tx.executeLast(
        `UPDATE thing t JOIN JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(40) PATH '$')) c ON c.id = t.id SET t.amount = 3`,
        [JSON.stringify(ids)],
        { rows: ids.length, otherwise: () => new Error("some are missing") },
      );
      tx.insertLast("thing", [thing("c")]);
    });
  await t.throwsAsync(set("z", ["a"]), { message: "no z" });
  await t.throwsAsync(set("a", ["b", "z"]), { message: "some are missing" });
  t.deepEqual(await sql.rows("SELECT id, amount FROM thing ORDER BY id"), [
    { id: "a", amount: "1" },
    { id: "b", amount: "1" },
  ]);
  await set("a", ["b"]);
  // What matches and changes nothing matches all the same.
  await sql.execute("DELETE FROM thing WHERE id = 'c'");
  await set("a", ["b"]);
  t.is((await sql.rows("SELECT id FROM thing")).length, 3);
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

test("what a transaction asks in one breath goes in one way to the server, each with its own result", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a")]);
  await transaction(async (tx) => {
    const [made, things, none] = await Promise.all([
      tx.execute("INSERT IGNORE INTO thing (id, amount) VALUES (?, 1), (?, 1)", ["a", "b"]),
      tx.rows<{ id: string }>("SELECT id FROM thing ORDER BY id FOR UPDATE"),
      tx.row("SELECT id FROM thing WHERE id = ?", ["z"]),
    ]);
    t.is(made, 1);
    t.deepEqual(things, [{ id: "a" }, { id: "b" }]);
    t.is(none, undefined);
  });
  t.deepEqual(await sql.rows("SELECT id FROM thing ORDER BY id"), [{ id: "a" }, { id: "b" }]);
});

test("after one of a breath that is refused none is done, and each is refused", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a")]);
  const outcomes = await transaction(async (tx) => {
    const both = [tx.insert("thing", [thing("a")]), tx.insert("thing", [thing("b")])];
    const settled = await Promise.allSettled(both);
    await tx.insert("thing", [thing("c")]);
    return settled;
  });
  t.deepEqual(
    outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason.reason),
    ["DUPLICATE", "DUPLICATE"],
  );
  t.deepEqual(await sql.rows("SELECT id FROM thing ORDER BY id"), [{ id: "a" }, { id: "c" }]);
});
