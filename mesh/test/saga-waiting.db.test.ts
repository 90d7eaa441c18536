import test, { type ExecutionContext } from "ava";
import { aMoment, boundaries, checkout, type Deeds, driver, ending, gate, open, soon, start } from "./saga-fixtures.ts";

const dayMs = 86_400_000;

/** A payer who is away until `hasPaid`. */
function payer(untilMs = Date.now() + dayMs) {
  const seen = { hasPaid: false, asked: 0 };
  return {
    seen,
    pay: () => {
      seen.asked += 1;
      return seen.hasPaid
        ? { kind: "done" as const }
        : { kind: "waiting" as const, for: "payer", until: untilMs, state: { payment: "away" } };
    },
  };
}

test("a waiting saga rests, says for what, and a signal lets it go on", async (t) => {
  const database = await open(t);
  const { seen, pay } = payer();
  const sagas = driver(t, database, checkout([], { pay }));
  await start(database, sagas);
  const rest = await sagas.drive("s1", soon());
  t.like(rest, {
    state: { payment: "away" },
    progress: { phase: "doing", stage: 1, waiting: { step: "pay", for: "payer" } },
  });
  t.like(await sagas.drive("s1", soon()), { progress: { waiting: { step: "pay" } } });
  t.is(seen.asked, 1);
  seen.hasPaid = true;
  await database.transaction((tx) => sagas.signal(tx, "s1"));
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.deepEqual(await boundaries(database), ["doing 1", "doing 1 waiting for payer", "doing 2", "forward 3", "done 4"]);
});

test("whoever waits for the pivot sits out a wait that ends before the deadline, and no longer one", async (t) => {
  const database = await open(t);
  let asked = 0;
  const pay = () => {
    asked += 1;
    const untilMs = Date.now() + (asked === 3 ? dayMs : 50);
    return { kind: "waiting" as const, for: "provider", until: untilMs };
  };
  const sagas = driver(t, database, checkout([], { pay }));
  await start(database, sagas);
  t.like(await sagas.drivePastPivot("s1", soon()), { progress: { phase: "doing", waiting: { for: "provider" } } });
  t.is(asked, 3);
});

test("a signal that comes while somebody sits out a wait is heard", async (t) => {
  const database = await open(t);
  const { seen, pay } = payer(Date.now() + 9_000);
  const ship = () => ({ kind: "waiting" as const, for: "a parcel", until: Date.now() + dayMs });
  const sagas = driver(t, database, checkout([], { pay, ship }));
  await start(database, sagas);
  const driven = sagas.drivePastPivot("s1", soon());
  while (seen.asked === 0) await aMoment();
  seen.hasPaid = true;
  await database.transaction((tx) => sagas.signal(tx, "s1"));
  t.is((await driven).progress.phase, "forward");
});

test("a step may end with a rest: the next one is not asked before its signal, also when that came meanwhile", async (t) => {
  const database = await open(t);
  const asking = gate();
  const asked = { ship: 0 };
  const confirm = async ({ orderId }: { readonly orderId: string }) => {
    if (orderId === "s2") await asking.pass();
    return { kind: "done" as const, rest: { until: Date.now() + dayMs, for: "parcel" } };
  };
  const ship = () => {
    asked.ship += 1;
    return { kind: "done" as const };
  };
  const sagas = driver(t, database, checkout([], { confirm, ship }));
  await start(database, sagas);
  const rest = await sagas.drive("s1", soon());
  t.like(rest.progress, { phase: "forward", stage: 3, waiting: { step: "ship", for: "parcel" } });
  t.is(asked.ship, 0);
  await database.transaction((tx) => sagas.signal(tx, "s1"));
  t.is(await ending(sagas), "done");
  t.is(asked.ship, 1);

  await start(database, sagas, "s2");
  await asking.reached;
  await database.transaction((tx) => sagas.signal(tx, "s2"));
  asking.open();
  t.is(await ending(sagas, "s2"), "done");
});

test("a signal that comes while the step is asking is not lost", async (t) => {
  const database = await open(t);
  const asking = gate();
  let asked = 0;
  const pay = async () => {
    asked += 1;
    if (asked > 1) return { kind: "done" as const };
    await asking.pass();
    return { kind: "waiting" as const, for: "payer", until: Date.now() + dayMs };
  };
  const sagas = driver(t, database, checkout([], { pay }));
  await start(database, sagas);
  await asking.reached;
  await database.transaction((tx) => sagas.signal(tx, "s1"));
  asking.open();
  t.is(await ending(sagas), "done");
  t.is(asked, 2);
});

test("a signal heard by another replica wakes the saga", async (t) => {
  const database = await open(t);
  const { seen, pay } = payer();
  const deaf = driver(t, database, checkout([], { pay }), { instanceId: "deaf" });
  const listening = driver(t, await database.another(), checkout([], { pay }), {
    instanceId: "listening",
  });
  await start(database, deaf);
  await deaf.drive("s1", soon());
  seen.hasPaid = true;
  await database.transaction((tx) => listening.signal(tx, "s1"));
  t.is((await listening.drive("s1", soon())).progress.phase, "done");
});

test("a signal heard by nobody is found by the poll", async (t) => {
  const database = await open(t);
  const { seen, pay } = payer();
  const sagas = driver(t, database, checkout([], { pay }));
  await start(database, sagas);
  await sagas.drive("s1", soon());
  seen.hasPaid = true;
  await database.sql.execute("UPDATE mesh_saga SET wake_ms = 0");
  await sagas.start();
  t.is(await ending(sagas), "done");
});

test("signals to a saga that is over or unknown are nothing", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const sagas = driver(t, database, checkout(deeds));
  await start(database, sagas);
  await sagas.drive("s1", soon());
  await database.transaction(async (tx) => {
    await sagas.signal(tx, "s1");
    await sagas.signal(tx, "none");
  });
  t.is((await sagas.drive("s1", soon())).progress.phase, "done");
  t.is(deeds.length, 5);
});

test("a wait ends when the mesh's clock jumps past it", async (t) => {
  let nowMs = 1_800_000_000_000;
  const database = await open(t, () => nowMs);
  const delivered = nowMs + 3 * dayMs;
  const ship = () =>
    nowMs >= delivered ? { kind: "done" as const } : { kind: "waiting" as const, for: "a parcel", until: delivered };
  const sagas = driver(t, database, checkout([], { ship }), { clock: () => nowMs });
  await sagas.start();
  await start(database, sagas);
  t.is((await sagas.drive("s1", soon())).progress.waiting?.until, delivered);
  nowMs = delivered;
  t.is(await ending(sagas), "done");
});

async function waitingForPayer(t: ExecutionContext) {
  const database = await open(t);
  const deeds: Deeds = [];
  const sagas = driver(t, database, checkout(deeds, { pay: payer().pay }));
  await start(database, sagas);
  await sagas.drive("s1", soon());
  return { database, deeds, sagas };
}

test("a waiting saga that is cancelled undoes all that it may have done", async (t) => {
  const { database, deeds, sagas } = await waitingForPayer(t);
  t.is(await database.transaction((tx) => sagas.cancel(tx, "s1", "BUYER_CANCELLED")), "cancelling");
  const { progress } = await sagas.drive("s1", soon());
  t.like(progress, { phase: "undone", refusal: { reason: "BUYER_CANCELLED" } });
  t.deepEqual(deeds.slice(3), ["undo s1/pay", "undo s1/hold", "undo s1/coupon"]);
  t.is(await database.transaction((tx) => sagas.cancel(tx, "s1", "AGAIN")), "cancelling");
});

test("a cancellation that fails to commit changes nothing", async (t) => {
  const { database, sagas } = await waitingForPayer(t);
  const failing = database.transaction(async (tx) => {
    await sagas.cancel(tx, "s1", "BUYER_CANCELLED");
    throw new Error("no");
  });
  await t.throwsAsync(failing, { message: "no" });
  t.like(await sagas.drive("s1", soon()), { progress: { phase: "doing", stage: 1 } });
});

test("a cancellation while a step is being done wins over its answer, and undoes it", async (t) => {
  const database = await open(t);
  const deeds: Deeds = [];
  const paying = gate();
  const pay = async () => {
    await paying.pass();
    return { kind: "done" as const };
  };
  const sagas = driver(t, database, checkout(deeds, { pay }));
  await start(database, sagas);
  await paying.reached;
  await database.transaction((tx) => sagas.cancel(tx, "s1", "BUYER_CANCELLED"));
  paying.open();
  t.is((await sagas.drive("s1", soon())).progress.phase, "undone");
  t.deepEqual(deeds.slice(3), ["undo s1/pay", "undo s1/hold", "undo s1/coupon"]);
});

test("past the pivot a cancellation is too late", async (t) => {
  const database = await open(t);
  const ship = () => ({ kind: "waiting" as const, for: "a parcel", until: Date.now() + dayMs });
  const sagas = driver(t, database, checkout([], { ship }));
  await start(database, sagas);
  await sagas.drive("s1", soon());
  t.is(await database.transaction((tx) => sagas.cancel(tx, "s1", "BUYER_CANCELLED")), "too-late");
});

test("a payer asked again and again makes one line of history", async (t) => {
  const database = await open(t);
  const { pay, seen } = payer(Date.now());
  const sagas = driver(t, database, checkout([], { pay: () => ({ ...pay(), state: {} }) }));
  await sagas.start();
  await start(database, sagas);
  while (seen.asked < 4) await aMoment();
  await sagas.stop();
  t.is((await sagas.history("s1")).filter(({ result }) => result === "waiting").length, 1);
});
