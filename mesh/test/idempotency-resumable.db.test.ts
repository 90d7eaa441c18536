import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import {
  authorize,
  effects,
  note,
  open,
  reason,
  resumablePayment,
} from "./idempotency-fixtures.ts";

test("a done resumable request is answered from what was kept", async (t) => {
  const database = await open(t);
  let runs = 0;
  const pay = resumablePayment(database, async (call) => {
    await call.transaction(note("intent"));
    runs += 1;
    await call.transaction(note("charged"));
    return `answer ${runs}`;
  });
  t.is(await pay(authorize("p")), "answer 1");
  t.is(await pay(authorize("p")), "answer 1");
  t.is(runs, 1);
  t.deepEqual(await effects(database), ["intent", "charged"]);
  t.is(await reason(pay(authorize("other"))), "REQUEST_ID_REUSED");
});

test("a second call while the first runs is told to come again", async (t) => {
  const database = await open(t);
  const isRunning = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const pay = resumablePayment(database, async (call) => {
    await call.transaction(note("intent"));
    isRunning.resolve();
    await mayEnd.promise;
    return "answer";
  });
  const first = pay(authorize("p"));
  await isRunning.promise;
  const refusal = await t.throwsAsync(pay(authorize("p")), { instanceOf: DomainError });
  t.like(refusal, { kind: "aborted", reason: "REQUEST_RUNNING" });
  mayEnd.resolve();
  t.is(await first, "answer");
  t.is(await pay(authorize("p")), "answer");
  t.deepEqual(await effects(database), ["intent"]);
});

test("after a crash the handler is entered again once the lease has run out", async (t) => {
  const database = await open(t);
  let nowMs = 1_000_000;
  let isCrashing = true;
  const neverEnds = Promise.withResolvers<string>();
  const isClaimed = Promise.withResolvers<void>();
  const pay = resumablePayment(
    database,
    async (call) => {
      await call.transaction(note("intent"));
      isClaimed.resolve();
      return isCrashing ? neverEnds.promise : "answer";
    },
    () => nowMs,
  );
  const lost = pay(authorize("p"), { deadlineMs: nowMs + 5_000 });
  await isClaimed.promise;
  isCrashing = false;
  t.is(await reason(pay(authorize("p"), { deadlineMs: nowMs + 5_000 })), "REQUEST_RUNNING");
  nowMs += 5_000;
  t.is(await pay(authorize("p"), { deadlineMs: nowMs + 5_000 }), "answer");
  neverEnds.resolve("late answer");
  t.is(await lost, "answer");
});

test("a resumable request that was refused may be tried again at once", async (t) => {
  const database = await open(t);
  let isDown = true;
  const pay = resumablePayment(database, async (call) => {
    await call.transaction(note("intent"));
    if (isDown) throw new DomainError("unavailable", "PROVIDER_DOWN");
    return "answer";
  });
  t.is(await reason(pay(authorize("p"))), "PROVIDER_DOWN");
  isDown = false;
  t.is(await pay(authorize("p")), "answer");
  t.deepEqual(await effects(database), ["intent", "intent"]);
});

test("a claim whose transaction fails is not held", async (t) => {
  const database = await open(t);
  let isBroken = true;
  const pay = resumablePayment(database, async (call) => {
    await call.transaction(async (tx) => {
      await note("intent")(tx);
      if (isBroken) throw new DomainError("precondition", "PAYMENT_STATE");
    });
    return "answer";
  });
  t.is(await reason(pay(authorize("p"))), "PAYMENT_STATE");
  t.deepEqual(await database.sql.rows("SELECT * FROM mesh_idempotency"), []);
  isBroken = false;
  t.is(await pay(authorize("p")), "answer");
});

test("a resumable handler that writes nothing has its answer kept too", async (t) => {
  const database = await open(t);
  let runs = 0;
  const pay = resumablePayment(database, async () => {
    runs += 1;
    return `answer ${runs}`;
  });
  t.is(await pay(authorize("p")), "answer 1");
  t.is(await pay(authorize("p")), "answer 1");
});

test("a resumable handler may open transactions side by side", async (t) => {
  const database = await open(t);
  const pay = resumablePayment(database, async (call) => {
    await Promise.all([
      call.transaction(note("x")),
      call.transaction(note("y")),
      call.transaction(note("z")),
    ]);
    return "answer";
  });
  t.is(await pay(authorize("p")), "answer");
  t.is((await effects(database)).length, 3);
});
