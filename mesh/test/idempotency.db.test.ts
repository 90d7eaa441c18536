import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import * as inventory from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import * as notification from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import * as payment from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import type { MigrationInterface, QueryRunner } from "typeorm";
import type { Call } from "../src/call.ts";
import type { Database } from "../src/database/database.ts";
import { sweepIdempotency } from "../src/idempotency/store.ts";
import { idempotencyInterceptor } from "../src/interceptors/idempotency.ts";
import type { Tx } from "../src/sql.ts";
import { type TestDatabase, testDatabase } from "../src/testing/database.ts";

class Effects1800000000000 implements MigrationInterface {
  name = "Effects1800000000000";
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "CREATE TABLE effect (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, note VARCHAR(40) NOT NULL)",
    );
    await runner.query(
      "CREATE TABLE stock (id VARCHAR(10) NOT NULL PRIMARY KEY, amount INT NOT NULL)",
    );
    await runner.query("INSERT INTO stock VALUES ('a', 0), ('b', 0)");
  }
  async down(): Promise<void> {}
}

const { holdStock } = inventory.InventoryService.method;
const { authorizePayment } = payment.PaymentService.method;
const sealKey = new Uint8Array(32).fill(7);

type Handle = (call: Call) => Promise<string>;

const hold = (holdId: string, requestId = "r1") =>
  create(inventory.HoldStockRequestSchema, { requestId, holdId });
const authorize = (paymentId: string, requestId = "r1") =>
  create(payment.AuthorizePaymentRequestSchema, { requestId, paymentId });

async function open(
  t: ExecutionContext,
  options: Parameters<typeof testDatabase>[1] = {},
): Promise<TestDatabase> {
  return testDatabase(t, { migrations: [Effects1800000000000], poolSize: 8, ...options });
}

function callTo(method: DescMethod, database: Database, overrides: Partial<Call> = {}): Call {
  return {
    method,
    actor: { kind: "person", id: "p1", roles: ["customer"], sellerId: undefined, sessionId: "s1" },
    actorToken: "",
    caller: "order",
    region: "eu",
    requestHeaders: { get: () => undefined },
    responseHeaders: { set: () => undefined },
    requestId: "request",
    deadlineMs: Date.now() + 5_000,
    signal: new AbortController().signal,
    isInTransaction: false,
    sql: database.sql,
    transaction: database.transaction,
    ...overrides,
  };
}

/** A HoldStock whose handler answers with a sku. */
function atomicHold(database: Database, handle: Handle) {
  const interceptor = idempotencyInterceptor(holdStock, { database, clock: Date.now, sealKey });
  const next = interceptor?.(async (_, call) =>
    create(inventory.HoldStockResponseSchema, { lines: [{ sku: await handle(call) }] }),
  );
  return async (request: Message, overrides: Partial<Call> = {}): Promise<string | undefined> =>
    ((await next?.(request, callTo(holdStock, database, overrides))) as inventory.HoldStockResponse)
      .lines[0]?.sku;
}

/** An AuthorizePayment whose handler answers with a payment's id. */
function resumablePayment(database: Database, handle: Handle, realTime = Date.now) {
  const interceptor = idempotencyInterceptor(authorizePayment, {
    database,
    clock: Date.now,
    sealKey,
    realTime,
  });
  const next = interceptor?.(async (_, call) =>
    create(payment.AuthorizePaymentResponseSchema, { payment: { id: await handle(call) } }),
  );
  return async (request: Message, overrides: Partial<Call> = {}): Promise<string | undefined> =>
    (
      (await next?.(
        request,
        callTo(authorizePayment, database, overrides),
      )) as payment.AuthorizePaymentResponse
    ).payment?.id;
}

const note = (text: string) => (tx: Tx) => tx.insert("effect", [{ note: text }]);
const effects = async ({ sql }: Database) =>
  (await sql.rows<{ note: string }>("SELECT note FROM effect ORDER BY id")).map((row) => row.note);
const reason = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: unknown) => (error instanceof DomainError ? error.reason : error),
  );

test("a repeated atomic request has one effect and the same answer", async (t) => {
  const database = await open(t);
  let number = 0;
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("held"));
    number += 1;
    return `answer ${number}`;
  });
  t.is(await holdStockOnce(hold("h")), "answer 1");
  t.is(await holdStockOnce(hold("h")), "answer 1");
  t.deepEqual(await effects(database), ["held"]);
});

test("the same atomic request many times at once has one effect and one answer", async (t) => {
  const database = await open(t);
  let number = 0;
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(async (tx) => {
      await tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = 'a'");
      await tx.insert("effect", [{ note: "held" }]);
    });
    number += 1;
    return `answer ${number}`;
  });
  const answers = await Promise.all(Array.from({ length: 12 }, () => holdStockOnce(hold("h"))));
  t.is(new Set(answers).size, 1);
  t.deepEqual(await effects(database), ["held"]);
});

test("an atomic request's key costs one statement more", async (t) => {
  const database = await open(t, { poolSize: 1 });
  const questions = async () =>
    Number(
      (await database.sql.row<{ Value: string }>("SHOW SESSION STATUS LIKE 'Questions'"))?.Value,
    );
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("one"));
    await call.transaction(note("two"));
    return "answer";
  });
  const before = await questions();
  await holdStockOnce(hold("h"));
  // START TRANSACTION, the two effects, the key, COMMIT, and the question itself.
  t.is((await questions()) - before, 6);
});

test("a key with another request is refused and names the field", async (t) => {
  const database = await open(t);
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("held"));
    return "answer";
  });
  await holdStockOnce(hold("h"));
  const error = await t.throwsAsync(holdStockOnce(hold("other")), { instanceOf: DomainError });
  t.like(error, {
    kind: "invalid",
    reason: "REQUEST_ID_REUSED",
    violations: [{ field: "request_id" }],
  });
  t.deepEqual(await effects(database), ["held"]);
});

test("a key is its principal's own", async (t) => {
  const database = await open(t);
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("held"));
    return call.actor.kind;
  });
  t.is(await holdStockOnce(hold("h")), "person");
  t.is(await holdStockOnce(hold("h"), { actor: { kind: "guest", tokenHash: "hash" } }), "guest");
  t.is((await effects(database)).length, 2);
});

test("a failed atomic request keeps nothing and can be tried again", async (t) => {
  const database = await open(t);
  let isBroken = true;
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("held"));
    if (isBroken) throw new DomainError("precondition", "OUT_OF_STOCK");
    return "answer";
  });
  t.is(await reason(holdStockOnce(hold("h"))), "OUT_OF_STOCK");
  t.deepEqual(await effects(database), []);
  isBroken = false;
  t.is(await holdStockOnce(hold("h")), "answer");
});

test("a retry that fails because it is done already gets the kept answer", async (t) => {
  const database = await open(t);
  const holdStockOnce = atomicHold(database, async (call) => {
    if ((await effects(database)).length > 0)
      throw new DomainError("precondition", "HOLD_ALLOCATED");
    await call.transaction(note("held"));
    return "answer";
  });
  t.is(await holdStockOnce(hold("h")), "answer");
  t.is(await holdStockOnce(hold("h")), "answer");
  t.is(await reason(holdStockOnce(hold("h", "r2"))), "HOLD_ALLOCATED");
});

test("an atomic handler is in a transaction from its first one on", async (t) => {
  const database = await open(t);
  const seen: boolean[] = [];
  const holdStockOnce = atomicHold(database, async (call) => {
    seen.push(call.isInTransaction);
    await call.transaction(async () => void seen.push(call.isInTransaction));
    seen.push(call.isInTransaction);
    return "answer";
  });
  await holdStockOnce(hold("h"));
  t.deepEqual(seen, [false, true, true]);
});

test("a first transaction that fails leaves the handler free to go another way", async (t) => {
  const database = await open(t);
  const holdStockOnce = atomicHold(database, async (call) => {
    const failing = call.transaction(async (tx) => {
      await note("lost")(tx);
      throw new Error("no");
    });
    await t.throwsAsync(failing, { message: "no" });
    await call.transaction(note("kept"));
    return "answer";
  });
  t.is(await holdStockOnce(hold("h")), "answer");
  t.deepEqual(await effects(database), ["kept"]);
});

test("a later transaction that fails takes all of an atomic request with it", async (t) => {
  const database = await open(t);
  const holdStockOnce = atomicHold(database, async (call) => {
    await call.transaction(note("first"));
    const failing = call.transaction(async (tx) => {
      await note("second")(tx);
      throw new Error("no");
    });
    await t.throwsAsync(failing, { message: "no" });
    return "answer";
  });
  await t.throwsAsync(holdStockOnce(hold("h")), { message: "no" });
  t.deepEqual(await effects(database), []);
});

test("an atomic handler that loses a deadlock runs again whole", async (t) => {
  const database = await open(t);
  let runs = 0;
  const bothHoldOne = Promise.withResolvers<void>();
  const holdStockOnce = atomicHold(database, async (call) => {
    const [first, second] = call.caller === "left" ? ["a", "b"] : ["b", "a"];
    await call.transaction((tx) =>
      tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = ?", [first ?? ""]),
    );
    runs += 1;
    if (runs === 2) bothHoldOne.resolve();
    await bothHoldOne.promise;
    await call.transaction((tx) =>
      tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = ?", [second ?? ""]),
    );
    return call.caller;
  });
  const answers = await Promise.all([
    holdStockOnce(hold("h", "r1"), { caller: "left" }),
    holdStockOnce(hold("h", "r2"), { caller: "right" }),
  ]);
  t.deepEqual(answers, ["left", "right"]);
  t.is(runs, 3);
  t.deepEqual(await database.sql.rows("SELECT amount FROM stock"), [{ amount: 2 }, { amount: 2 }]);
});

test("an answer with something sensitive is kept sealed and comes back whole", async (t) => {
  const database = await open(t);
  const { resendDelivery } = notification.NotificationAdminService.method;
  const next = idempotencyInterceptor(resendDelivery, { database, clock: Date.now, sealKey })?.(
    async () =>
      create(notification.ResendDeliveryResponseSchema, {
        delivery: { id: "d1", recipient: "ada@example.org" },
      }),
  );
  const request = create(notification.ResendDeliveryRequestSchema, { requestId: "r1" });
  const answers = [];
  for (let turn = 0; turn < 2; turn++)
    answers.push(await next?.(request, callTo(resendDelivery, database)));
  t.deepEqual(answers[1], answers[0]);
  const row = await database.sql.row<{ response: Buffer }>("SELECT response FROM mesh_idempotency");
  t.false(row?.response.includes("ada@example.org"));
});

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

test("what is older than two days is forgotten", async (t) => {
  const database = await open(t);
  const dayMs = 86_400_000;
  const row = (scope: number, createMs: number) => ({
    scope: new Uint8Array(32).fill(scope),
    request_hash: new Uint8Array(32),
    response: null,
    lease_until_ms: 0,
    create_ms: createMs,
  });
  await database.sql.insert("mesh_idempotency", [row(1, 0), row(2, dayMs), row(3, 3 * dayMs)]);
  t.is(await sweepIdempotency(database.sql, 3 * dayMs + 1), 2);
  t.is((await database.sql.rows("SELECT scope FROM mesh_idempotency")).length, 1);
});

test("a method that keeps nothing has no interceptor, and one without a database fails at start", (t) => {
  const without = { database: undefined, clock: Date.now, sealKey };
  t.is(idempotencyInterceptor(CartService.method.getCart, without), undefined);
  t.throws(() => idempotencyInterceptor(holdStock, without), { message: /no database/ });
});
