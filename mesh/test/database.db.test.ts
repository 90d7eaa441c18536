import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import type { MigrationInterface, QueryRunner } from "typeorm";
import type { OutboxRow } from "../src/database/database.ts";
import { openDatabase } from "../src/database/open.ts";
import type { Sql } from "../src/sql.ts";
import { testDatabase } from "../src/testing/database.ts";

class Things1800000000000 implements MigrationInterface {
  name = "Things1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "CREATE TABLE thing (id VARCHAR(40) NOT NULL PRIMARY KEY, label VARCHAR(40) NOT NULL, amount BIGINT NOT NULL, bytes VARBINARY(64) NULL, UNIQUE KEY by_label (label))",
    );
  }
  async down(): Promise<void> {}
}

const migrations = [Things1800000000000];
const thing = (id: string, amount: number | bigint = 1) => ({
  id,
  label: `label of ${id}`,
  amount,
  bytes: null,
});

test("values come back as they were written, BIGINT as text, bytes as bytes", async (t) => {
  const { sql } = await testDatabase(t, { migrations });
  const bytes = new Uint8Array([0, 39, 92, 255]);
  await sql.insert("thing", [{ id: "a'\\", label: "ß😀", amount: 9_007_199_254_740_993n, bytes }]);
  t.deepEqual(await sql.row("SELECT * FROM thing WHERE id = ?", ["a'\\"]), {
    id: "a'\\",
    label: "ß😀",
    amount: "9007199254740993",
    bytes: Buffer.from(bytes),
  });
});

test("a list spreads for IN, an empty one matches nothing, and NOT IN of an empty one is refused", async (t) => {
  const { sql } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a"), thing("b"), thing("c")]);
  t.is((await sql.rows("SELECT id FROM thing WHERE id IN (?)", [["a", "c"]])).length, 2);
  t.deepEqual(await sql.rows("SELECT id FROM thing WHERE id IN (?)", [[]]), []);
  await t.throwsAsync(sql.rows("SELECT id FROM thing WHERE id NOT IN (?)", [[]]), {
    instanceOf: TypeError,
  });
});

test("execute tells the rows matched, changed or not", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a"), thing("b")]);
  t.is(await sql.execute("UPDATE thing SET amount = 1"), 2);
  t.is(await transaction((tx) => tx.execute("UPDATE thing SET amount = 1 WHERE id = ?", ["a"])), 1);
  t.is(await sql.execute("UPDATE thing SET amount = 2 WHERE id = 'none'"), 0);
});

test("a duplicate key is refused by the name of the key, and the transaction goes on", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a")]);
  await transaction(async (tx) => {
    await t.throwsAsync(tx.insert("thing", [{ ...thing("b"), label: "label of a" }]), {
      instanceOf: DomainError,
      message: "duplicate: key=by_label",
    });
    const refusal = await t.throwsAsync(tx.insert("thing", [thing("a")]), {
      instanceOf: DomainError,
    });
    t.like(refusal, {
      kind: "exists",
      reason: "DUPLICATE",
      metadata: { key: "PRIMARY" },
    });
    await tx.insert("thing", [thing("c")]);
  });
  t.is((await sql.rows("SELECT id FROM thing")).length, 2);
});

test("a transaction without a statement sends nothing, even with a hint to give", async (t) => {
  const woken: (readonly string[])[] = [];
  const { transaction } = await testDatabase(t, {
    migrations,
    poolSize: 1,
    hooks: { wake: (topics) => woken.push(topics) },
  });
  const questions = () =>
    transaction(async (tx) => Number((await tx.row<{ Value: string }>("SHOW SESSION STATUS LIKE 'Questions'"))?.Value));
  const before = await questions();
  await transaction(async (tx) => tx.wake("topic"));
  // The first question's COMMIT, and the second question.
  t.is((await questions()) - before, 2);
  t.deepEqual(woken, [["topic"]]);
});

test("what a transaction emits is written by one statement with it, and what fails emits nothing", async (t) => {
  let outboxWakes = 0;
  const { sql, transaction } = await testDatabase(t, {
    migrations,
    clock: () => 1_800_000_000_000,
    hooks: { outboxWritten: () => (outboxWakes += 1) },
  });
  const enqueue = (key: string) =>
    transaction(async (tx) => {
      await tx.insert("thing", [thing(key)]);
      tx.enqueue(schedulerTasks.CancelScheduleSchema, { scheduleId: key }, key);
      if (key === "bad") throw new Error("bad");
    });
  await enqueue("good");
  await t.throwsAsync(enqueue("bad"), { message: "bad" });
  const rows = await sql.rows<OutboxRow>("SELECT * FROM mesh_outbox");
  t.is(outboxWakes, 1);
  t.is(rows.length, 1);
  const [row] = rows;
  t.like(row, {
    subject: "tasks.scheduler.shop.scheduler.v1.CancelSchedule",
    aggregate_id: "good",
    version: "0",
    create_ms: "1800000000000",
  });
  t.deepEqual(JSON.parse(row?.headers ?? ""), {
    "mesh-time-ms": "1800000000000",
    "mesh-region": "eu",
    "mesh-aggregate-id": "good",
    "mesh-version": "0",
  });
  t.is(fromBinary(schedulerTasks.CancelScheduleSchema, row?.payload ?? new Uint8Array()).scheduleId, "good");
  t.regex(row?.message_id ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

test("a task that names its receiver goes to that one's queue, with the same id for the same key", async (t) => {
  const { sql, transaction } = await testDatabase(t);
  for (const key of ["run 1", "run 1", "run 2"]) {
    await transaction(async (tx) => tx.enqueue(schedulerTasks.RunDueSchema, { service: "inventory" }, key));
  }
  const rows = await sql.rows<OutboxRow>("SELECT * FROM mesh_outbox ORDER BY id");
  t.deepEqual(new Set(rows.map((row) => row.subject)), new Set(["tasks.inventory.shop.scheduler.v1.RunDue"]));
  t.is(rows[0]?.message_id, rows[1]?.message_id);
  t.not(rows[0]?.message_id, rows[2]?.message_id);
});

test("two transactions that lock crosswise both commit in the end", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  await sql.insert("thing", [thing("a", 0), thing("b", 0)]);
  let attempts = 0;
  const both = Promise.withResolvers<void>();
  const cross = (first: string, second: string) =>
    transaction(async (tx) => {
      await tx.execute("UPDATE thing SET amount = amount + 1 WHERE id = ?", [first]);
      attempts += 1;
      if (attempts === 2) both.resolve();
      await both.promise;
      await tx.execute("UPDATE thing SET amount = amount + 1 WHERE id = ?", [second]);
    });
  await Promise.all([cross("a", "b"), cross("b", "a")]);
  t.is(attempts, 3);
  t.deepEqual(await sql.rows("SELECT amount FROM thing"), [{ amount: "2" }, { amount: "2" }]);
});

test("after a deadlock nothing of the transaction is committed, even when its work swallows the error", async (t) => {
  const database = await testDatabase(t, { migrations });
  await database.sql.insert("thing", [thing("a", 0), thing("b", 0), thing("c", 0)]);
  const left = await database.begin();
  const right = await database.begin();
  await left.tx.execute("UPDATE thing SET amount = 1 WHERE id = 'a'");
  await right.tx.execute("UPDATE thing SET amount = 2 WHERE id IN ('b', 'c')");
  const outcomes = await Promise.allSettled([
    left.tx.execute("UPDATE thing SET amount = 1 WHERE id = 'b'").finally(() => undefined),
    right.tx.execute("UPDATE thing SET amount = 2 WHERE id = 'a'"),
  ]);
  const victim = outcomes[0]?.status === "rejected" ? left : right;
  t.is(outcomes.filter(({ status }) => status === "rejected").length, 1);
  await t.throwsAsync(victim.tx.execute("UPDATE thing SET amount = 9 WHERE id = 'c'"), {
    message: "database contention",
  });
  await t.throwsAsync(victim.commit().finally(() => victim.rollback()));
  await (victim === left ? right : left).commit();
  t.is((await database.sql.rows("SELECT id FROM thing WHERE amount = 9")).length, 0);
});

test("a statement after the end of its transaction is refused", async (t) => {
  const { begin } = await testDatabase(t, { migrations });
  const open = await begin();
  await open.tx.insert("thing", [thing("a")]);
  await open.commit();
  await t.throwsAsync(open.tx.insert("thing", [thing("b")]), {
    message: /had ended/,
  });
});

test("TypeORM's manager works inside the same transaction", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations });
  const work = transaction(async (tx) => {
    await tx.manager.query("INSERT INTO thing VALUES ('m', 'm', 1, NULL)");
    t.is((await tx.rows("SELECT id FROM thing")).length, 1);
    const refusal = await t.throwsAsync(tx.manager.query("INSERT INTO thing VALUES ('m', 'm', 1, NULL)"));
    t.true(refusal instanceof DomainError);
    throw new Error("undo");
  });
  await t.throwsAsync(work, { message: "undo" });
  t.deepEqual(await sql.rows("SELECT id FROM thing"), []);
});

test("every connection reads what is committed", async (t) => {
  const { sql, transaction } = await testDatabase(t, { poolSize: 4 });
  const ask = (on: Sql) => on.row("SELECT @@tx_isolation AS level, SLEEP(0.05)");
  const levels = await Promise.all([...Array.from({ length: 3 }, () => transaction(ask)), ask(sql)]);
  t.deepEqual(new Set(levels.map((row) => (row as { level: string }).level)), new Set(["READ-COMMITTED"]));
});

test("connections that the server ended are replaced without a restart, and the loss is UNAVAILABLE", async (t) => {
  const { sql, begin } = await testDatabase(t, { migrations, poolSize: 2 });
  const open = await begin();
  const id = (await open.tx.row<{ id: string }>("SELECT CONNECTION_ID() AS id"))?.id;
  await sql.execute(`KILL ${id}`);
  const refusal = await t.throwsAsync(open.tx.row("SELECT 1"), {
    instanceOf: DomainError,
  });
  t.like(refusal, { kind: "unavailable", reason: "DATABASE_UNAVAILABLE" });
  await open.rollback();
  for (let statement = 0; statement < 4; statement++) t.truthy(await sql.row("SELECT 1 AS one"));
});

test("a transaction's connection begins the next one by itself, and keeps nothing of one that was rolled back", async (t) => {
  const { sql, transaction } = await testDatabase(t, { migrations, poolSize: 1 });
  const failing = transaction(async (tx) => {
    await tx.insert("thing", [thing("lost")]);
    throw new Error("bad");
  });
  await t.throwsAsync(failing, { message: "bad" });
  await transaction(async (tx) => {
    await tx.insert("thing", [thing("kept")]);
    t.deepEqual(await sql.rows("SELECT id FROM thing"), []);
  });
  t.deepEqual(await sql.rows("SELECT id FROM thing"), [{ id: "kept" }]);
  await sql.insert("thing", [thing("single")]);
  t.is(await transaction(async (tx) => (await tx.rows("SELECT id FROM thing")).length), 2);
});

test("replicas that start together migrate once", async (t) => {
  const { another, sql } = await testDatabase(t, { migrations });
  await sql.execute(
    "DROP TABLE thing, mesh_outbox, mesh_inbox, mesh_inbox_version, mesh_dead_letter, mesh_idempotency, mesh_saga, mesh_saga_log, mesh_run, migrations",
  );
  await Promise.all([another(), another(), another()]);
  t.is((await sql.rows("SELECT name FROM migrations")).length, 3);
});

const nowhere = {
  service: "cart",
  migrations: [],
  tables: [],
  poolSize: 1,
  clock: Date.now,
  newId: () => "",
  region: "eu",
  hooks: { outboxWritten: () => undefined, wake: () => undefined },
  retry: { forMs: 200 },
};

test("a server that is not there ends the wait with the service, the address and the cause", async (t) => {
  const opening = openDatabase({
    ...nowhere,
    url: "mysql://cart:secret@127.0.0.1:9/shop_cart",
  });
  const error = await t.throwsAsync(opening, {
    message: /database of cart at 127\.0\.0\.1:9\/shop_cart .*ECONNREFUSED/,
  });
  t.false(error?.message.includes("secret"));
});

test("a wrong password is not waited for", async (t) => {
  const url = Object.assign(new URL(process.env.DATABASE_URL ?? ""), {
    username: `no${randomBytes(4).toString("hex")}`,
  }).href;
  const startMs = performance.now();
  await t.throwsAsync(openDatabase({ ...nowhere, retry: { forMs: 20_000 }, url }), {
    message: /Access denied/,
  });
  t.true(performance.now() - startMs < 10_000);
});

test("an unexpected error does not tell the values of its statement", async (t) => {
  const { sql } = await testDatabase(t, { migrations });
  const error = await t.throwsAsync(sql.execute("UPDATE nothing SET label = ?", ["secret value"]));
  t.false(JSON.stringify(error).includes("secret value"));
});
