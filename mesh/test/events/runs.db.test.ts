import { randomBytes } from "node:crypto";
import { uuidv7 } from "@shopmesh/kernel";
import test from "ava";
import { isNewestRun, sweepInbox } from "../../src/events/inbox.ts";
import { testDatabase } from "../../src/testing/database.ts";

const at = (timeMs: number, token: bigint, scheduleId = "noun/sweep") => ({
  scheduleId,
  runId: uuidv7(timeMs, (length) => randomBytes(length)),
  fencingToken: token,
});

test("a run of a lower fencing token than one that has begun is out of date; the same run may begin again", async (t) => {
  const { sql } = await testDatabase(t);
  const [first, second] = [at(1_000, 1n), at(2_000, 2n)];
  t.true(await isNewestRun(sql, first));
  t.true(await isNewestRun(sql, first));
  t.true(await isNewestRun(sql, second));
  t.false(await isNewestRun(sql, first));
  t.false(await isNewestRun(sql, at(2_000, 1n)), "made with the second");
  t.true(await isNewestRun(sql, second));
  t.true(await isNewestRun(sql, at(1_000, 1n, "noun/Sweep")), "another schedule's");
});

test("a schedule that was forgotten and counts anew is heard", async (t) => {
  const { sql } = await testDatabase(t);
  const [old, first, second] = [at(1_000, 7n), at(2_000, 1n), at(3_000, 2n)];
  t.true(await isNewestRun(sql, old));
  t.true(await isNewestRun(sql, first));
  t.true(await isNewestRun(sql, second));
  t.false(await isNewestRun(sql, first));
});

test("what began long ago is forgotten with the inbox", async (t) => {
  const { sql } = await testDatabase(t);
  await isNewestRun(sql, at(1_000, 1n));
  await sql.execute("UPDATE mesh_run SET create_ms = ?", [Date.now() - 16 * 86_400_000]);
  await isNewestRun(sql, at(1_000, 1n, "noun/other"));
  await sweepInbox(sql);
  t.deepEqual(await sql.rows("SELECT schedule_id FROM mesh_run"), [{ schedule_id: "noun/other" }]);
});
