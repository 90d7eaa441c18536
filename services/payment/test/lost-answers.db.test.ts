import { randomUUID } from "node:crypto";
import { PaymentState, TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { eur, startWorld, type World } from "./world.ts";

/** How many answers get lost: a few here, 10,000 with LOST_ANSWERS=10000. */
const count = Number(process.env["LOST_ANSWERS"] ?? 100);
/** Of PayPal's, where one payment is several questions. */
const few = Math.min(20, count);
const atOnce = 25;
/** Shortened, that the test ends: the sandbox never answers the first question. */
const impatient = { timeoutMs: 150 };
const mostTries = 40;

/** Asks until `isSettled`; the answers before. */
async function untilSettled<Answer>(
  ask: () => Promise<Answer>,
  isSettled: (answer: Answer) => boolean,
): Promise<number> {
  for (let tries = 1; tries <= mostTries; tries += 1) {
    if (isSettled(await ask())) return tries - 1;
  }
  throw new Error(`not settled after ${mostTries} tries`);
}

/** Runs `work` so many times, some at once; the sum of what it answers. */
async function sumOf(times: number, work: () => Promise<number>): Promise<number> {
  let next = 0;
  let sum = 0;
  const lane = async () => {
    while (next < times) {
      next += 1;
      const found = await work();
      sum += found;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return sum;
}

/** How often each key moved money at the provider: more than once is a double. */
async function doubles(world: World, wanted: string): Promise<{ readonly moved: number; readonly doubled: number }> {
  const keys = (await world.deeds()).filter(({ operation }) => operation === wanted).map((deed) => deed.idempotencyKey);
  return { moved: keys.length, doubled: keys.length - new Set(keys).size };
}

test.serial(`a charge whose answer is lost, ${count} times, charges each once and doubles none`, async (t) => {
  t.timeout(900_000);
  const world = await startWorld(t, impatient);
  const lost = await sumOf(count, async () => {
    const order = { paymentId: randomUUID(), orderGroupId: randomUUID(), token: "pm_sandbox_timeoutAfterCharge" };
    return untilSettled(
      () => world.authorize(order),
      ({ payment }) => payment?.state === PaymentState.AUTHORIZED,
    );
  });
  t.true(lost >= count, `only ${lost} answers got lost`);
  t.deepEqual(await doubles(world, "authorize"), { moved: count, doubled: 0 });
  const row = await world.database.sql.row<{ n: string }>(
    "SELECT COUNT(DISTINCT reference) AS n FROM payment WHERE state = 'authorized'",
  );
  t.is(Number(row?.n), count);
});

test.serial("a capture and a refund whose answers are lost move each once and are booked once", async (t) => {
  const world = await startWorld(t, impatient);
  const times = 20;
  for (const operation of ["capturePaymentIntent", "createRefund"]) {
    await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation, count: times });
  }
  await sumOf(times, async () => {
    const order = { paymentId: randomUUID(), orderGroupId: randomUUID() };
    const { paymentId } = order;
    await untilSettled(
      () => world.authorize(order),
      ({ payment }) => payment?.state === PaymentState.AUTHORIZED,
    );
    const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
    await untilSettled(
      () => world.capture(wanted),
      ({ capture }) => capture?.state === TransferState.SUCCEEDED,
    );
    const refund = { paymentId, refundId: randomUUID(), amount: eur(1_000n) };
    return untilSettled(
      () => world.refund(refund),
      (answer) => answer.refund?.state === TransferState.SUCCEEDED,
    );
  });
  t.deepEqual(await doubles(world, "capture"), { moved: times, doubled: 0 });
  t.deepEqual(await doubles(world, "refund"), { moved: times, doubled: 0 });
  const { balances = [] } = await world.ledger({ account: "buyer_cash" });
  t.is(balances[0]?.balance?.minorUnits, -BigInt(times) * 3_000n);
});

test.serial(
  `PayPal: a promise, a capture and a refund whose answers are lost, ${few} times, move each once and double none`,
  async (t) => {
    t.timeout(300_000);
    await import("@paypal/paypal-server-sdk");
    const world = await startWorld(t, { timeoutMs: 400 });
    for (const operation of ["authorizeOrder", "captureAuthorization", "refundCapture"]) {
      await world.switchOn({ provider: "paypal", kind: "timeoutAfter", operation, count: few });
    }
    const lost = await sumOf(few, async () => {
      const tenders = [{ means: { case: "paypal" as const, value: {} } }];
      const order = { paymentId: randomUUID(), orderGroupId: randomUUID(), tenders };
      const { paymentId } = order;
      const isWaiting = (state: PaymentState | undefined) => state === PaymentState.REQUIRES_ACTION;
      await untilSettled(
        () => world.authorize(order),
        ({ payment }) => isWaiting(payment?.state),
      );
      await world.atPayPal(await world.get(paymentId), "buyer");
      const promised = await untilSettled(
        () => world.complete(paymentId),
        ({ state }) => !isWaiting(state),
      );
      const wanted = { paymentId, captureId: randomUUID(), amount: eur(4_000n) };
      const captured = await untilSettled(
        () => world.capture(wanted),
        ({ capture }) => capture?.state === TransferState.SUCCEEDED,
      );
      const refund = { paymentId, refundId: randomUUID(), amount: eur(1_000n) };
      const refunded = await untilSettled(
        () => world.refund(refund),
        (answer) => answer.refund?.state === TransferState.SUCCEEDED,
      );
      return promised + captured + refunded;
    });
    t.true(lost >= few * 3, `only ${lost} answers got lost`);
    for (const operation of ["authorize", "capture", "refund"]) {
      t.deepEqual(await doubles(world, operation), { moved: few, doubled: 0 }, operation);
    }
    const { balances = [] } = await world.ledger({ account: "buyer_cash" });
    t.is(balances[0]?.balance?.minorUnits, -BigInt(few) * 3_000n);
  },
);
