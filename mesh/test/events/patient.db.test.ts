import { CartChangedSchema } from "@shopmesh/contracts/shop/cart/v1/cart_events_pb.ts";
import * as schedulerTasks from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import test from "ava";
import type { Tx } from "../../src/sql.ts";
import { testDatabase } from "../../src/testing/database.ts";

test("whoever hears of the outbox is told whether somebody waits for what is in it", async (t) => {
  const told: boolean[] = [];
  const { transaction } = await testDatabase(t, {
    hooks: { outboxWritten: (isPatient) => told.push(isPatient) },
  });
  const say = (tx: Tx) => tx.emit(CartChangedSchema, { cartId: "c" }, { id: "c", version: 1 });
  await transaction(async (tx) => say(tx));
  await transaction(async (tx) => {
    tx.enqueue(schedulerTasks.CancelScheduleSchema, { scheduleId: "s" }, "s");
    say(tx);
  });
  t.deepEqual(told, [true, false]);
});
