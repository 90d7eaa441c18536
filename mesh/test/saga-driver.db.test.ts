import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { countStuck } from "../src/saga/store.ts";
import { boundaries, checkout, type Deeds, driver, gate, open, recordingLog, soon, start } from "./saga-fixtures.ts";

const down = () => {
  throw new DomainError("unavailable", "PROVIDER_DOWN");
};

test("a saga is done stage by stage, each boundary committed once, with its history", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const sagas = driver(t, database, checkout(deeds, { pay: () => ({ kind: "done", state: { payment: "paid" } }) }));
  await start(database, sagas);
  const { state, progress } = await sagas.drive("s1", soon());
  t.deepEqual(state, { orderId: "s1", payment: "paid" });
  t.deepEqual(progress, { phase: "done", stage: 4, settled: [] });
  t.deepEqual(deeds, [
    "perform s1/hold",
    "perform s1/coupon",
    "perform s1/pay",
    "perform s1/confirm",
    "perform s1/ship",
  ]);
  t.deepEqual(await boundaries(database), ["doing 1", "doing 2", "forward 3", "done 4"]);
  const history = await sagas.history("s1");
  t.deepEqual(
    history.map(({ step, action, result, attempt }) => `${action} ${step} ${result} ${attempt}`),
    [
      "perform hold done 1",
      "perform coupon done 1",
      "perform pay done 1",
      "perform confirm done 1",
      "perform ship done 1",
    ],
  );
  t.deepEqual(await sagas.find("s1"), { state, progress, attempts: 0 });
});

test("whoever waits for the pivot only is answered there, and what is left goes on by itself", async (t) => {
  const database = await open(t);
  const shipping = gate();
  const ship = async () => {
    await shipping.pass();
    return { kind: "done" } as const;
  };
  const sagas = driver(t, database, checkout([], { ship }));
  await start(database, sagas);
  t.is((await sagas.drivePastPivot("s1", soon())).progress.phase, "forward");
  t.is((await sagas.drivePastPivot("s1", soon())).progress.phase, "forward");
  shipping.open();
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.is((await sagas.drivePastPivot("s1", soon())).progress.phase, "done");
});

test("what nobody waits for gives way until there is a lull, what somebody waits for does not", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const lulls: (() => void)[] = [];
  const lull = () => new Promise<void>((resolve) => void lulls.push(resolve));
  const sagas = driver(t, database, checkout(deeds), { lull, pollMs: 60_000 });
  await start(database, sagas, "unasked");
  await start(database, sagas, "s1");
  t.is((await sagas.drivePastPivot("s1", soon())).progress.phase, "forward");
  t.deepEqual(deeds, ["perform s1/hold", "perform s1/coupon", "perform s1/pay", "perform s1/confirm"]);
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.is((await sagas.find("unasked"))?.progress.phase, "doing");
  for (const resolve of lulls) resolve();
  t.is((await sagas.drive("unasked", soon())).progress.phase, "done");
});

test("a refused step is undone with all before it, newest first, and names its reason", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const declined = () => {
    throw new DomainError("precondition", "CARD_DECLINED", { code: "51" });
  };
  const sagas = driver(t, database, checkout(deeds, { pay: declined }));
  await start(database, sagas);
  const { progress } = await sagas.drive("s1", soon());
  t.is(progress.phase, "undone");
  t.deepEqual(progress.refusal, { step: "pay", reason: "CARD_DECLINED", metadata: { code: "51" } });
  t.deepEqual(deeds.slice(3), ["undo s1/pay", "undo s1/hold", "undo s1/coupon"]);
  t.deepEqual(await boundaries(database), ["doing 1", "undoing 1", "undoing 0", "undone 0"]);
});

test("a saga begun by a transaction that fails never was", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const sagas = driver(t, database, checkout(deeds));
  const failing = database.transaction(async (tx) => {
    await sagas.begin(tx, "s1", { orderId: "s1" });
    throw new Error("no");
  });
  await t.throwsAsync(failing, { message: "no" });
  t.is(await sagas.find("s1"), undefined);
  t.deepEqual(deeds, []);
});

test("the same id twice is one saga", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const sagas = driver(t, database, checkout(deeds));
  await Promise.all([start(database, sagas), start(database, sagas)]);
  await start(database, sagas);
  await sagas.drive("s1", soon());
  t.is(deeds.length, 5);
});

test("a step that is down is tried again until it answers", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const pay = (_: unknown, number: number) => (number < 3 ? down() : { kind: "done" as const });
  const sagas = driver(t, database, checkout(deeds, { pay }));
  await start(database, sagas);
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  const tries = (await sagas.history("s1")).filter(({ step }) => step === "pay");
  t.deepEqual(
    tries.map(({ result, attempt, detail }) => `${result} ${attempt} ${detail}`),
    ["failed 1 PROVIDER_DOWN", "failed 2 PROVIDER_DOWN", "done 3 "],
  );
});

test("a step that stays down before the pivot turns the saga back", async (t) => {
  const database = await open(t);
  const sagas = driver(t, database, checkout([], { pay: down }), { maxAttempts: 3 });
  await start(database, sagas);
  const { progress } = await sagas.drive("s1", soon());
  t.is(progress.phase, "undone");
  t.like(progress.refusal, {
    step: "pay",
    reason: "STEP_UNAVAILABLE",
    metadata: { step: "pay", cause: "PROVIDER_DOWN" },
  });
});

test("what can be taken back no more sends its saga forward again, undoing nothing before it", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const plan = checkout(deeds, {
    confirm: (_: unknown, number: number) => (number === 1 ? { kind: "refused", reason: "NO" } : { kind: "done" }),
  });
  const stages = plan.stages.map(({ steps, ...stage }) => ({
    ...stage,
    steps: steps.map((step) => (step.name === "pay" ? { ...step, undo: async () => "too-late" as const } : step)),
  }));
  const sagas = driver(t, database, { ...plan, stages });
  await start(database, sagas);
  const { progress } = await sagas.drive("s1", soon());
  t.is(progress.phase, "done");
  t.is(progress.refusal, undefined);
  t.deepEqual(
    deeds.filter((deed) => deed.startsWith("undo") && !deed.endsWith("confirm")),
    [],
  );
  t.true(deeds.includes("perform s1/ship"));
});

test("a plan says by itself how often a step may fail before the saga turns back", async (t) => {
  const database = await open(t);
  const sagas = driver(t, database, { ...checkout([], { pay: down }), maxAttempts: 1 });
  await start(database, sagas);
  t.is((await sagas.drive("s1", soon())).progress.phase, "undone");
  const tries = (await sagas.history("s1")).filter(({ step, action }) => step === "pay" && action === "perform");
  t.is(tries.length, 1);
});

test("past the pivot a step is tried for ever, and a person is called", async (t) => {
  const database = await open(t);
  const log = recordingLog();
  const ship = (_: unknown, number: number) => (number < 5 ? down() : { kind: "done" as const });
  const sagas = driver(t, database, checkout([], { ship }), { maxAttempts: 1, log });
  await start(database, sagas);
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.deepEqual(log.errors, [{ kind: "checkout", sagaId: "s1", step: "ship", attempts: 3 }]);
});

test("a saga that nobody drives, and one whose step fails again and again, are counted as stuck", async (t) => {
  const database = await open(t);
  const waiting = () => ({ kind: "waiting" as const, until: Date.now() + 3_600_000, for: "bank" });
  const sagas = driver(t, database, checkout([], { pay: waiting }));
  for (const id of ["s1", "s2", "s3"]) await start(database, sagas, id);
  for (const id of ["s1", "s2", "s3"]) await sagas.drive(id, soon());
  await sagas.stop();
  const stuck = () => countStuck(database.sql, "checkout", { nowMs: Date.now(), realMs: Date.now() });
  t.deepEqual(await stuck(), { overdue: 0, failing: 0 });
  await database.sql.execute("UPDATE mesh_saga SET wake_ms = 1, lease_until_ms = 0 WHERE id = 's1'");
  await database.sql.execute("UPDATE mesh_saga SET wake_ms = ?, attempts = 5 WHERE id = 's2'", [Date.now() + 1_000]);
  t.deepEqual(await stuck(), { overdue: 1, failing: 1 });
});

test("a step done is not asked again while its neighbour fails", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const coupon = (_: unknown, number: number) => (number === 1 ? down() : { kind: "done" as const });
  const sagas = driver(t, database, checkout(deeds, { coupon }));
  await start(database, sagas);
  await sagas.drive("s1", soon());
  t.deepEqual(deeds.slice(0, 3), ["perform s1/hold", "perform s1/coupon", "perform s1/coupon"]);
});

test("a boundary that cannot be written is tried again with the same steps", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const plan = checkout(deeds);
  let isBroken = true;
  const sagas = driver(t, database, {
    ...plan,
    async onProgress(tx, state, progress) {
      await plan.onProgress(tx, state, progress);
      if (progress.stage === 2 && isBroken) {
        isBroken = false;
        throw new Error("a bug");
      }
    },
  });
  await start(database, sagas);
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.deepEqual(deeds.slice(2, 4), ["perform s1/pay", "perform s1/pay"]);
  t.deepEqual(await boundaries(database), ["doing 1", "doing 2", "forward 3", "done 4"]);
});

test("drive returns at its deadline, and the saga goes on without it", async (t) => {
  const database = await open(t);
  const slow = gate();
  const pay = async () => {
    await slow.pass();
    return { kind: "done" as const };
  };
  const sagas = driver(t, database, checkout([], { pay }));
  await start(database, sagas);
  await slow.reached;
  const { progress } = await sagas.drive("s1", Date.now() + 200);
  t.like(progress, { phase: "doing", stage: 1 });
  slow.open();
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
});

test("to drive a saga that is not there is NOT_FOUND", async (t) => {
  const database = await open(t);
  const sagas = driver(t, database, checkout([]));
  const error = await t.throwsAsync(sagas.drive("none", soon()), { instanceOf: DomainError });
  t.like(error, { kind: "not-found", reason: "SAGA_NOT_FOUND" });
});
