import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import {
  beginAttempt,
  CLAIM_MS,
  type Delivery,
  endDelivered,
  endFailed,
  newDelivery,
  onceKeyOf,
  RETRY_DELAYS_MS,
  resend,
} from "../src/delivery.ts";
import { failureOf } from "../src/effects/mailer.ts";

const NOW_MS = 1_000_000;

function delivery(overrides: Partial<Delivery> = {}): Delivery {
  const fields = {
    id: "d",
    onceKey: onceKeyOf("order-confirmed", "g", ""),
    template: "order-confirmed" as const,
    eventId: "e",
    orderIds: ["o"],
    customerId: "",
  };
  return { ...newDelivery({ ...fields, nowMs: NOW_MS }), ...overrides };
}

function begun(of: Delivery, attempt: number, nowMs: number): Delivery {
  const next = beginAttempt(of, attempt, nowMs);
  if (next === undefined) throw new Error("no try begun");
  return next;
}

test("a try is made once, however often it is asked for", (t) => {
  const first = begun(delivery(), 1, NOW_MS);
  t.like(first, { attemptCount: 1, claimMs: NOW_MS, nextAttemptMs: undefined, version: 2 });
  const failed = endFailed(first, { reason: "MAIL_DEFERRED", isFinal: false }, NOW_MS);
  t.is(beginAttempt(failed, 1, NOW_MS + 1), undefined);
  t.like(beginAttempt(failed, 2, NOW_MS + 1), { attemptCount: 2 });
});

test("a try that somebody makes is not made beside it, and is made again when nobody was heard of", (t) => {
  const first = begun(delivery(), 1, NOW_MS);
  const busy = t.throws(() => beginAttempt(first, 1, NOW_MS + CLAIM_MS - 1));
  t.true(isRefusal(busy, "DELIVERY_BUSY") && busy.metadata["retry_after_ms"] === "1");
  t.like(beginAttempt(first, 1, NOW_MS + CLAIM_MS), { attemptCount: 2 });
});

test("what was delivered or given up is not tried again", (t) => {
  t.is(beginAttempt(delivery({ state: "delivered", attemptCount: 1 }), 2, NOW_MS), undefined);
  t.is(beginAttempt(delivery({ state: "failed", attemptCount: 1 }), 2, NOW_MS), undefined);
});

test("retries back off and are bounded", (t) => {
  let current = delivery();
  const delays: number[] = [];
  for (let attempt = 1; current.state === "pending"; attempt++) {
    current = endFailed(begun(current, attempt, NOW_MS), { reason: "MAIL_DEFERRED", isFinal: false }, NOW_MS);
    if (current.nextAttemptMs !== undefined) delays.push(current.nextAttemptMs - NOW_MS);
  }
  t.deepEqual(delays, [...RETRY_DELAYS_MS]);
  t.deepEqual(
    delays,
    [...delays].sort((left, right) => left - right),
  );
  t.like(current, { state: "failed", attemptCount: 8, failureReason: "MAIL_DEFERRED", nextAttemptMs: undefined });
});

test("a final failure is not retried", (t) => {
  const failed = endFailed(begun(delivery(), 1, NOW_MS), { reason: "MAILBOX_NOT_FOUND", isFinal: true }, NOW_MS);
  t.like(failed, { state: "failed", failureReason: "MAILBOX_NOT_FOUND", nextAttemptMs: undefined, claimMs: undefined });
});

test("a delivered message forgets why it failed before", (t) => {
  const sent = { recipient: "a@example.org", subject: "s", locale: "en", providerReference: "<d@example.org>" };
  t.like(endDelivered(begun(delivery({ failureReason: "MAIL_DEFERRED" }), 1, NOW_MS), sent, NOW_MS), {
    ...sent,
    state: "delivered",
    failureReason: "",
  });
});

test("sending again is a new delivery with the same template, recipient and event", (t) => {
  const again = resend(delivery({ recipient: "a@example.org", state: "failed" }), "d2", NOW_MS + 1);
  t.like(again, {
    id: "d2",
    onceKey: "resend/d2",
    template: "order-confirmed",
    recipient: "a@example.org",
    eventId: "e",
    state: "pending",
    attemptCount: 0,
  });
});

const failing = test.macro({
  exec: (t, error: object, reason: string, isFinal: boolean) => void t.deepEqual(failureOf(error), { reason, isFinal }),
  title: (_, error, reason) => `${JSON.stringify(error)} is ${reason}`,
});
test(failing, { responseCode: 550 }, "MAILBOX_NOT_FOUND", true);
test(failing, { responseCode: 552 }, "MAIL_REFUSED", true);
test(failing, { responseCode: 451 }, "MAIL_DEFERRED", false);
test(failing, { responseCode: 535, code: "EAUTH" }, "MAIL_SERVER_LOGIN_REFUSED", false);
test(failing, { code: "EENVELOPE" }, "RECIPIENT_INVALID", true);
test(failing, { code: "ESOCKET" }, "MAIL_SERVER_UNREACHABLE", false);
test(failing, { code: "ETIMEDOUT" }, "MAIL_SERVER_UNREACHABLE", false);
