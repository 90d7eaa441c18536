import test from "ava";
import type { Failpoint } from "../src/saga/boundary.ts";
import type { SagaPlan } from "../src/saga/plan.ts";
import { boundaries, checkout, type Deeds, driver, ending, gate, open, soon, start } from "./saga-fixtures.ts";

type Case = { readonly stage: number; readonly isDeclined: boolean };

const cases: readonly Case[] = [
  ...[0, 1, 2, 3].map((stage) => ({ stage, isDeclined: false })),
  ...[2, 1, 0].map((stage) => ({ stage, isDeclined: true })),
];

/** `plan` with its stages before the pivot carried. */
function carried<State>(plan: SagaPlan<State>): SagaPlan<State> {
  const pivot = plan.stages.findIndex(({ isPivot }) => isPivot === true);
  return { ...plan, stages: plan.stages.map((stage, index) => ({ ...stage, isCarried: index < pivot })) };
}

const resumes = test.macro({
  exec: async (t, point: Failpoint) => {
    const database = await open(t);
    for (const [number, { stage, isDeclined }] of cases.entries()) {
      const id = `s${number}`;
      const declined = { confirm: () => ({ kind: "refused" as const, reason: "NO" }) };
      const plan = checkout([], isDeclined ? declined : {});
      const phase = isDeclined ? "undoing" : stage === 3 ? "forward" : "doing";
      const died = Promise.withResolvers<void>();
      const mortal = driver(t, database, plan, {
        failpoint(where, { progress }) {
          const isHere = where === point && progress.stage === stage && progress.phase === phase;
          if (isHere) died.resolve();
          return isHere;
        },
      });
      await start(database, mortal, id);
      await died.promise;
      await mortal.stop();
      const reborn = driver(t, database, plan);
      await reborn.start();
      t.is(await ending(reborn, id), isDeclined ? "undone" : "done");
      const wholeWay = isDeclined
        ? ["doing 1", "doing 2", "undoing 2", "undoing 1", "undoing 0", "undone 0"]
        : ["doing 1", "doing 2", "forward 3", "done 4"];
      t.deepEqual(await boundaries(database, id), wholeWay, `${phase} ${stage}`);
      await reborn.stop();
    }
  },
  title: (_, point: Failpoint) => `killed ${point} of any stage, there or back, a saga ends where it would have ended`,
});

test(resumes, "before-steps");
test(resumes, "after-steps");
test(resumes, "in-boundary");
test(resumes, "after-boundary");

const carries = test.macro({
  exec: async (t, point: Failpoint) => {
    const database = await open(t);
    const stages = [0, 1, 2, 3].filter((stage) => point !== "in-boundary" || stage > 1);
    for (const stage of stages) {
      const id = `s${stage}`;
      const plan = carried(checkout([]));
      const died = Promise.withResolvers<void>();
      const mortal = driver(t, database, plan, {
        failpoint(where, { progress }) {
          const isHere = where === point && progress.stage === stage;
          if (isHere) died.resolve();
          return isHere;
        },
      });
      await start(database, mortal, id);
      await died.promise;
      await mortal.stop();
      const reborn = driver(t, database, plan);
      await reborn.start();
      t.is(await ending(reborn, id), "done");
      t.deepEqual(await boundaries(database, id), ["forward 3", "done 4"], `${stage}`);
      const steps = (await reborn.history(id)).map(({ step, result }) => `${step} ${result}`);
      t.deepEqual(steps.toSorted(), ["confirm done", "coupon done", "hold done", "pay done", "ship done"]);
      await reborn.stop();
    }
  },
  title: (_, point: Failpoint) =>
    `killed ${point} of any stage, also of carried ones, a saga is done and tells each step once`,
});

test(carries, "before-steps");
test(carries, "after-steps");
test(carries, "in-boundary");
test(carries, "after-boundary");

test("who turns back a saga that was killed in a carried stage undoes all that it may have done", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const died = Promise.withResolvers<void>();
  const mortal = driver(t, database, carried(checkout(deeds)), {
    failpoint(where, { progress }) {
      const isHere = where === "after-steps" && progress.stage === 1;
      if (isHere) died.resolve();
      return isHere;
    },
  });
  await start(database, mortal);
  await died.promise;
  await mortal.stop();
  const reborn = driver(t, database, carried(checkout(deeds)));
  t.is(await database.transaction((tx) => reborn.cancel(tx, "s1", "CANCELLED")), "cancelling");
  t.is(await ending(reborn), "undone");
  t.deepEqual(
    deeds.filter((deed) => deed.startsWith("undo")),
    ["undo s1/confirm", "undo s1/pay", "undo s1/hold", "undo s1/coupon"],
  );
});

test("a refusal right after a carried stage undoes no more than was begun", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const one = driver(t, database, carried(checkout(deeds, { pay: () => ({ kind: "refused", reason: "DECLINED" }) })));
  await start(database, one);
  t.is(await ending(one), "undone");
  t.deepEqual(await boundaries(database), ["undoing 1", "undoing 0", "undone 0"]);
  t.false(deeds.includes("undo s1/confirm"));
});

test("what waits after a carried stage is written down, and tells that one's steps", async (t) => {
  const database = await open(t);
  const waiting = { kind: "waiting" as const, for: "payer", until: Date.now() + 60_000 };
  const one = driver(
    t,
    database,
    carried(checkout([], { pay: (_, number) => (number === 1 ? waiting : { kind: "done" }) })),
  );
  await start(database, one);
  await one.drive("s1", Date.now() + 10_000);
  t.deepEqual(await boundaries(database), ["doing 1 waiting for payer"]);
  t.deepEqual(
    (await one.history("s1")).map(({ step }) => step),
    ["hold", "coupon", "pay"],
  );
  await database.transaction((tx) => one.signal(tx, "s1"));
  t.is(await ending(one), "done");
});

test("killed before anybody drove it, a saga is found by the poll", async (t) => {
  const database = await open(t);
  const dead = driver(t, database, checkout([]));
  await dead.stop();
  await start(database, dead);
  const reborn = driver(t, database, checkout([]));
  await reborn.start();
  t.is(await ending(reborn), "done");
});

test("another replica takes over when the lease has run out, not before", async (t) => {
  const database = await open(t);
  let nowMs = Date.now();
  const deeds: Deeds = [];
  const realTime = () => nowMs;
  const mortal = driver(t, database, checkout(deeds), {
    realTime,
    failpoint: (point) => point === "after-steps",
  });
  await start(database, mortal);
  await mortal.stop();
  const heir = driver(t, await database.another(), checkout(deeds), {
    realTime,
    instanceId: "two",
  });
  await heir.start();
  t.is((await heir.drive("s1", nowMs + 50)).progress.stage, 0);
  t.is(deeds.length, 2);
  nowMs += 10_000;
  t.is(await ending(heir), "done");
});

test("two replicas that both believe to hold a saga commit each boundary once", async (t) => {
  const database = await open(t);
  const paying = gate();
  const slow = driver(t, database, checkout([], { pay: async () => (await paying.pass(), { kind: "done" as const }) }));
  await start(database, slow);
  await paying.reached;
  // The lease runs out under the slow one's feet.
  await database.sql.execute("UPDATE mesh_saga SET lease_until_ms = 0");
  const fast = driver(t, await database.another(), checkout([]), { instanceId: "two" });
  t.is((await fast.drive("s1", soon())).progress.phase, "done");
  paying.open();
  t.is((await slow.drive("s1", soon())).progress.phase, "done");
  t.deepEqual(await boundaries(database), ["doing 1", "doing 2", "forward 3", "done 4"]);
});

test("forty sagas between two replicas that steal from one another all end, each boundary once", async (t) => {
  const database = await open(t);
  const other = await database.another();
  const ids = Array.from({ length: 40 }, (_, number) => `s${number}`);
  const plan = checkout([], {
    hold: async () => {
      await database.sql.execute("UPDATE mesh_saga SET lease_until_ms = 0 WHERE RAND() < 0.3");
      return { kind: "done" };
    },
  });
  const one = driver(t, database, plan, { pollMs: 5 });
  const two = driver(t, other, plan, { pollMs: 5, instanceId: "two" });
  await Promise.all([one.start(), two.start()]);
  await Promise.all(
    ids.map((id, number) => start(number % 2 === 0 ? database : other, number % 2 === 0 ? one : two, id)),
  );
  for (const id of ids) {
    t.is(await ending(one, id), "done");
    t.deepEqual(await boundaries(database, id), ["doing 1", "doing 2", "forward 3", "done 4"]);
  }
});

test("a driver that stops gives its saga back at once", async (t) => {
  const database = await open(t);
  const paying = gate();
  const leaving = driver(
    t,
    database,
    checkout([], { pay: async () => (await paying.pass(), { kind: "done" as const }) }),
  );
  await start(database, leaving);
  await paying.reached;
  const waiting = leaving.drive("s1", Date.now() + 3_600_000);
  const stopped = leaving.stop();
  paying.open();
  await stopped;
  t.is((await waiting).progress.stage, 2);
  t.like(await leaving.find("s1"), { progress: { phase: "doing", stage: 2 } });
  const heir = driver(t, await database.another(), checkout([]), { instanceId: "two" });
  t.is((await heir.drive("s1", soon())).progress.phase, "done");
});

test("a driver that stops gives back what was begun while it stopped, too", async (t) => {
  const database = await open(t);
  const paying = gate();
  const leaving = driver(
    t,
    database,
    checkout([], { pay: async () => (await paying.pass(), { kind: "done" as const }) }),
  );
  await start(database, leaving, "s1");
  await paying.reached;
  const stopped = leaving.stop();
  await start(database, leaving, "s2");
  paying.open();
  await stopped;
  const held = await database.sql.rows("SELECT id FROM mesh_saga WHERE lease_until_ms > 0");
  t.deepEqual(held, []);
  const heir = driver(t, await database.another(), checkout([]), { instanceId: "two" });
  for (const id of ["s1", "s2"]) t.is((await heir.drive(id, soon())).progress.phase, "done");
});
