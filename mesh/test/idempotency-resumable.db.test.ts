import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { place, effects, note, open, reason, resumableOrder } from "./idempotency-fixtures.ts";

test("a done resumable request is answered from what was kept", async (t) => {
  const database = await open(t);
  let runs = 0;
  const placeOrder = resumableOrder(database, async (call) => {
    await call.transaction(note("intent"));
    runs += 1;
    await call.transaction(note("charged"));
    return `answer ${runs}`;
  });
  t.is(await placeOrder(place("q")), "answer 1");
  t.is(await placeOrder(place("q")), "answer 1");
  t.is(runs, 1);
  t.deepEqual(await effects(database), ["intent", "charged"]);
  t.is(await reason(placeOrder(place("other"))), "REQUEST_ID_REUSED");
});

test("a second call while the first runs waits for its answer", async (t) => {
  const database = await open(t);
  const isRunning = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  let entered = 0;
  const isTwice = Promise.withResolvers<void>();
  const placeOrder = resumableOrder(database, async (call) => {
    entered += 1;
    if (entered === 2) isTwice.resolve();
    await call.transaction(note("intent"));
    isRunning.resolve();
    await mayEnd.promise;
    return `answer ${entered}`;
  });
  const first = placeOrder(place("q"));
  await isRunning.promise;
  const second = placeOrder(place("q"));
  await isTwice.promise;
  mayEnd.resolve();
  t.is(await second, await first);
  t.is(entered, 2, "not entered again for the answer");
  t.deepEqual(await effects(database), ["intent"]);
});

test("a second call whose deadline comes while the first still runs is told to come again", async (t) => {
  const database = await open(t);
  const isRunning = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const placeOrder = resumableOrder(database, async (call) => {
    await call.transaction(note("intent"));
    isRunning.resolve();
    await mayEnd.promise;
    return "answer";
  });
  const first = placeOrder(place("q"));
  await isRunning.promise;
  const refusal = await t.throwsAsync(placeOrder(place("q"), { deadlineMs: Date.now() + 100 }), {
    instanceOf: DomainError,
  });
  t.like(refusal, { kind: "aborted", reason: "REQUEST_RUNNING" });
  mayEnd.resolve();
  t.is(await first, "answer");
});

test("a repeated call takes over from one that died, once its lease has run out", async (t) => {
  const database = await open(t);
  let nowMs = 1_000_000;
  let isCrashing = true;
  const neverEnds = Promise.withResolvers<string>();
  const isClaimed = Promise.withResolvers<void>();
  const isTwice = Promise.withResolvers<void>();
  let entered = 0;
  const placeOrder = resumableOrder(
    database,
    async (call) => {
      entered += 1;
      if (entered === 2) isTwice.resolve();
      await call.transaction(note("intent"));
      isClaimed.resolve();
      return isCrashing ? neverEnds.promise : "answer";
    },
    () => nowMs,
  );
  const lost = placeOrder(place("q"), { deadlineMs: nowMs + 5_000 });
  await isClaimed.promise;
  isCrashing = false;
  const repeated = placeOrder(place("q"), { deadlineMs: nowMs + 6_000 });
  await isTwice.promise;
  nowMs += 5_000;
  t.is(await repeated, "answer");
  neverEnds.resolve("late answer");
  t.is(await lost, "answer");
});

test("a call that runs long keeps its claim", async (t) => {
  const database = await open(t);
  let nowMs = 1_000_000;
  const isClaimed = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<string>();
  const placeOrder = resumableOrder(
    database,
    async (call) => {
      await call.transaction(note("intent"));
      isClaimed.resolve();
      return mayEnd.promise;
    },
    () => nowMs,
  );
  const leaseUntilMs = async () =>
    Number((await database.sql.row<{ lease: string }>("SELECT lease_until_ms AS lease FROM mesh_idempotency"))?.lease);
  const long = placeOrder(place("q"), { deadlineMs: nowMs + 60_000 });
  await isClaimed.promise;
  const firstMs = await leaseUntilMs();
  nowMs += 4_000;
  while ((await leaseUntilMs()) === firstMs);
  t.is(await leaseUntilMs(), firstMs + 4_000);
  mayEnd.resolve("answer");
  t.is(await long, "answer");
});

test("a resumable request that was refused may be tried again at once", async (t) => {
  const database = await open(t);
  let isDown = true;
  const placeOrder = resumableOrder(database, async (call) => {
    await call.transaction(note("intent"));
    if (isDown) throw new DomainError("unavailable", "PROVIDER_DOWN");
    return "answer";
  });
  t.is(await reason(placeOrder(place("q"))), "PROVIDER_DOWN");
  isDown = false;
  t.is(await placeOrder(place("q")), "answer");
  t.deepEqual(await effects(database), ["intent", "intent"]);
});

test("a claim whose transaction fails is not held", async (t) => {
  const database = await open(t);
  let isBroken = true;
  const placeOrder = resumableOrder(database, async (call) => {
    await call.transaction(async (tx) => {
      await note("intent")(tx);
      if (isBroken) throw new DomainError("precondition", "PAYMENT_STATE");
    });
    return "answer";
  });
  t.is(await reason(placeOrder(place("q"))), "PAYMENT_STATE");
  t.deepEqual(await database.sql.rows("SELECT * FROM mesh_idempotency"), []);
  isBroken = false;
  t.is(await placeOrder(place("q")), "answer");
});

test("a resumable handler that writes nothing has its answer kept too", async (t) => {
  const database = await open(t);
  let runs = 0;
  const placeOrder = resumableOrder(database, async () => {
    runs += 1;
    return `answer ${runs}`;
  });
  t.is(await placeOrder(place("q")), "answer 1");
  t.is(await placeOrder(place("q")), "answer 1");
});

test("a resumable handler may open transactions side by side", async (t) => {
  const database = await open(t);
  const placeOrder = resumableOrder(database, async (call) => {
    await Promise.all([call.transaction(note("x")), call.transaction(note("y")), call.transaction(note("z"))]);
    return "answer";
  });
  t.is(await placeOrder(place("q")), "answer");
  t.is((await effects(database)).length, 3);
});
