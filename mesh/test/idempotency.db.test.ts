import { create } from "@bufbuild/protobuf";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import * as notification from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { idempotencyInterceptor } from "../src/interceptors/idempotency.ts";
import { sweepIdempotency } from "../src/idempotency/store.ts";
import {
  atomicCreation,
  callTo,
  effects,
  named,
  createLocation,
  note,
  open,
  reason,
  sealKey,
  through,
} from "./idempotency-fixtures.ts";

test("a repeated atomic request has one effect and the same answer", async (t) => {
  const database = await open(t);
  let number = 0;
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("held"));
    number += 1;
    return `answer ${number}`;
  });
  t.is(await createOnce(named("h")), "answer 1");
  t.is(await createOnce(named("h")), "answer 1");
  t.deepEqual(await effects(database), ["held"]);
});

test("the same atomic request many times at once has one effect and one answer", async (t) => {
  const database = await open(t);
  let number = 0;
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(async (tx) => {
      await tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = 'a'");
      await tx.insert("effect", [{ note: "held" }]);
    });
    number += 1;
    return `answer ${number}`;
  });
  const answers = await Promise.all(Array.from({ length: 12 }, () => createOnce(named("h"))));
  t.is(new Set(answers).size, 1);
  t.deepEqual(await effects(database), ["held"]);
});

test("an atomic request's key costs one statement more", async (t) => {
  const database = await open(t, { poolSize: 1 });
  const questions = () =>
    database.transaction(async (tx) =>
      Number((await tx.row<{ Value: string }>("SHOW SESSION STATUS LIKE 'Questions'"))?.Value),
    );
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("one"));
    await call.transaction(note("two"));
    return "answer";
  });
  const before = await questions();
  await createOnce(named("h"));
  // The first question's COMMIT, the two effects, the key, COMMIT, and the second question.
  t.is((await questions()) - before, 6);
});

test("a key with another request is refused and names the field", async (t) => {
  const database = await open(t);
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("held"));
    return "answer";
  });
  await createOnce(named("h"));
  const error = await t.throwsAsync(createOnce(named("other")), { instanceOf: DomainError });
  t.like(error, {
    kind: "invalid",
    reason: "REQUEST_ID_REUSED",
    violations: [{ field: "request_id" }],
  });
  t.deepEqual(await effects(database), ["held"]);
});

test("a key is its principal's own", async (t) => {
  const database = await open(t);
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("held"));
    return call.actor.kind;
  });
  t.is(await createOnce(named("h")), "person");
  t.is(await createOnce(named("h"), { actor: { kind: "guest", tokenHash: "hash" } }), "guest");
  t.is((await effects(database)).length, 2);
});

test("a failed atomic request keeps nothing and can be tried again", async (t) => {
  const database = await open(t);
  let isBroken = true;
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("held"));
    if (isBroken) throw new DomainError("precondition", "OUT_OF_STOCK");
    return "answer";
  });
  t.is(await reason(createOnce(named("h"))), "OUT_OF_STOCK");
  t.deepEqual(await effects(database), []);
  isBroken = false;
  t.is(await createOnce(named("h")), "answer");
});

test("a retry that fails because it is done already gets the kept answer", async (t) => {
  const database = await open(t);
  const createOnce = atomicCreation(database, async (call) => {
    if ((await effects(database)).length > 0) throw new DomainError("precondition", "HOLD_ALLOCATED");
    await call.transaction(note("held"));
    return "answer";
  });
  t.is(await createOnce(named("h")), "answer");
  t.is(await createOnce(named("h")), "answer");
  t.is(await reason(createOnce(named("h", "r2"))), "HOLD_ALLOCATED");
});

test("an atomic handler is in a transaction from its first one on", async (t) => {
  const database = await open(t);
  const seen: boolean[] = [];
  const createOnce = atomicCreation(database, async (call) => {
    seen.push(call.isInTransaction);
    await call.transaction(async () => void seen.push(call.isInTransaction));
    seen.push(call.isInTransaction);
    return "answer";
  });
  await createOnce(named("h"));
  t.deepEqual(seen, [false, true, true]);
});

test("a first transaction that fails leaves the handler free to go another way", async (t) => {
  const database = await open(t);
  const createOnce = atomicCreation(database, async (call) => {
    const failing = call.transaction(async (tx) => {
      await note("lost")(tx);
      throw new Error("no");
    });
    await t.throwsAsync(failing, { message: "no" });
    await call.transaction(note("kept"));
    return "answer";
  });
  t.is(await createOnce(named("h")), "answer");
  t.deepEqual(await effects(database), ["kept"]);
});

test("a later transaction that fails takes all of an atomic request with it", async (t) => {
  const database = await open(t);
  const createOnce = atomicCreation(database, async (call) => {
    await call.transaction(note("first"));
    const failing = call.transaction(async (tx) => {
      await note("second")(tx);
      throw new Error("no");
    });
    await t.throwsAsync(failing, { message: "no" });
    return "answer";
  });
  await t.throwsAsync(createOnce(named("h")), { message: "no" });
  t.deepEqual(await effects(database), []);
});

test("an atomic handler that loses a deadlock runs again whole", async (t) => {
  const database = await open(t);
  let runs = 0;
  const bothHoldOne = Promise.withResolvers<void>();
  const createOnce = atomicCreation(database, async (call) => {
    const [first, second] = call.caller === "left" ? ["a", "b"] : ["b", "a"];
    await call.transaction((tx) => tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = ?", [first ?? ""]));
    runs += 1;
    if (runs === 2) bothHoldOne.resolve();
    await bothHoldOne.promise;
    await call.transaction((tx) => tx.execute("UPDATE stock SET amount = amount + 1 WHERE id = ?", [second ?? ""]));
    return call.caller;
  });
  const answers = await Promise.all([
    createOnce(named("h", "r1"), { caller: "left" }),
    createOnce(named("h", "r2"), { caller: "right" }),
  ]);
  t.deepEqual(answers, ["left", "right"]);
  t.is(runs, 3);
  t.deepEqual(await database.sql.rows("SELECT amount FROM stock"), [{ amount: 2 }, { amount: 2 }]);
});

test("an answer with something sensitive is kept sealed and comes back whole", async (t) => {
  const database = await open(t);
  const { resendDelivery } = notification.NotificationAdminService.method;
  const interceptor = idempotencyInterceptor(resendDelivery, {
    database,
    clock: Date.now,
    sealKey,
  });
  const answer = through(interceptor, async () =>
    create(notification.ResendDeliveryResponseSchema, {
      delivery: { id: "d1", recipient: "ada@example.org" },
    }),
  );
  const request = create(notification.ResendDeliveryRequestSchema, { requestId: "r1" });
  const answers = [];
  for (let turn = 0; turn < 2; turn++) answers.push(await answer(request, callTo(resendDelivery, database)));
  t.deepEqual(answers[1], answers[0]);
  const row = await database.sql.row<{ response: Buffer }>("SELECT response FROM mesh_idempotency");
  t.false(row?.response.includes("ada@example.org"));
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
  await database.sql.insert("mesh_idempotency", [row(1, 0), row(2, dayMs), row(3, 2 * dayMs), row(4, 3 * dayMs)]);
  t.is(await sweepIdempotency(database.sql, 3 * dayMs + 1), 2);
  t.is((await database.sql.rows("SELECT scope FROM mesh_idempotency")).length, 2, "what is a day old is known");
});

test("a method that keeps nothing has no interceptor, and one without a database fails at start", (t) => {
  const without = { database: undefined, clock: Date.now, sealKey };
  t.is(idempotencyInterceptor(CartService.method.getCart, without), undefined);
  t.throws(() => idempotencyInterceptor(createLocation, without), { message: /no database/ });
});
