import { randomUUID } from "node:crypto";
import { PaymentState, SavedMethodState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test from "ava";
import { hourMs, startWorld, type World } from "./world.ts";

const visa = { requestId: "first", paymentMethod: "pm_card_visa" };

function pay(world: World, customerId: string, savedMethodId: string) {
  const value = { savedMethodId };
  return world.authorize({ customerId, tenders: [{ means: { case: "card", value } }] });
}

test("a saved card pays without its token, and only for its owner", async (t) => {
  const world = await startWorld(t);
  const [owner, stranger] = [randomUUID(), randomUUID()];
  const method = await world.save(owner, visa);
  t.like(method, { state: SavedMethodState.ACTIVE, cardBrand: "visa", cardLastFour: "4242", expireYear: 2040 });
  t.deepEqual(await world.save(owner, visa), method);
  t.is((await world.methodsOf(owner)).length, 1);
  t.is((await world.methodsOf(stranger)).length, 0);
  t.is((await pay(world, owner, method?.id ?? "")).payment?.state, PaymentState.AUTHORIZED);
  await t.throwsAsync(pay(world, stranger, method?.id ?? ""), { message: /saved method not found/ });
  await t.throwsAsync(pay(world, "", method?.id ?? ""), { message: /saved method not found/ });
});

test("a card that is paid with is saved with the payment, and pays the next one", async (t) => {
  const world = await startWorld(t);
  const customerId = randomUUID();
  const tenders = [{ means: { case: "card" as const, value: { paymentMethod: "pm_card_visa", save: true } } }];
  const { payment } = await world.authorize({ customerId, tenders });
  t.is(payment?.state, PaymentState.AUTHORIZED);
  const [method] = await world.methodsOf(customerId);
  t.is(method?.state, SavedMethodState.ACTIVE);
  t.is((await pay(world, customerId, method?.id ?? "")).payment?.state, PaymentState.AUTHORIZED);
});

test("a card whose owner must act is saved once they have", async (t) => {
  const world = await startWorld(t);
  const owner = randomUUID();
  const wish = { requestId: "r", paymentMethod: "pm_card_threeDSecure2Required" };
  const waiting = await world.save(owner, wish);
  t.is(waiting?.state, SavedMethodState.REQUIRES_ACTION);
  await fetch(`${waiting?.actionUrl}/complete`, { method: "POST", redirect: "manual" });
  t.like(await world.save(owner, wish), { id: waiting?.id, state: SavedMethodState.ACTIVE, actionUrl: "" });
});

test("a card whose owner has acted and never asks again is saved by the schedule; one on which nobody acts is given up", async (t) => {
  const world = await startWorld(t);
  const [owner, idle] = [randomUUID(), randomUUID()];
  const wish = { requestId: "r", paymentMethod: "pm_card_threeDSecure2Required" };
  const waiting = await world.save(owner, wish);
  await world.save(idle, wish);
  await fetch(`${waiting?.actionUrl}/complete`, { method: "POST", redirect: "manual" });
  world.clock.setOffsetMs(2 * 60_000);
  await world.runMethods();
  t.like(await world.methodsOf(owner), [{ id: waiting?.id, state: SavedMethodState.ACTIVE }]);
  t.like(await world.methodsOf(idle), [{ state: SavedMethodState.REQUIRES_ACTION }]);
  world.clock.setOffsetMs(25 * hourMs);
  await world.runMethods();
  t.deepEqual(await world.methodsOf(idle), [], "and it takes no place any more");
  t.like(await world.save(idle, wish), { state: SavedMethodState.FAILED, failureReason: "ACTION_EXPIRED" });
});

test("a saving without an answer that nobody asks for again is given up after an hour", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const owner = randomUUID();
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation: "createSetupIntent" });
  t.is((await world.save(owner, visa))?.state, SavedMethodState.PENDING);
  world.clock.setOffsetMs(2 * 60_000);
  await world.runMethods();
  t.is((await world.methodsOf(owner))[0]?.state, SavedMethodState.PENDING);
  world.clock.setOffsetMs(hourMs + 60_000);
  await world.runMethods();
  t.deepEqual(await world.methodsOf(owner), []);
});

test("a card that is refused is not saved", async (t) => {
  const world = await startWorld(t);
  const owner = randomUUID();
  const method = await world.save(owner, { requestId: "r", paymentMethod: "pm_card_chargeDeclinedExpiredCard" });
  t.like(method, { state: SavedMethodState.FAILED, failureReason: "CARD_EXPIRED" });
  t.deepEqual(await world.methodsOf(owner), []);
});

test("a saving without an answer is asked again under the same key, and makes one method", async (t) => {
  const world = await startWorld(t, { timeoutMs: 1_000 });
  const owner = randomUUID();
  await world.switchOn({ provider: "stripe", kind: "timeoutAfter", operation: "createSetupIntent" });
  t.is((await world.save(owner, visa))?.state, SavedMethodState.PENDING);
  t.is((await world.save(owner, visa))?.state, SavedMethodState.ACTIVE);
  t.is((await world.methodsOf(owner)).length, 1);
});

test("a forgotten card pays no more, here and at the provider", async (t) => {
  const world = await startWorld(t);
  const owner = randomUUID();
  const method = await world.save(owner, visa);
  const id = method?.id ?? "";
  await world.forget(owner, id);
  await world.forget(owner, id);
  t.deepEqual(await world.methodsOf(owner), []);
  await t.throwsAsync(pay(world, owner, id), { message: /saved method not found/ });
  const { data } = await world.stripe.customers.list();
  const kept = await world.stripe.customers.listPaymentMethods(data[0]?.id ?? "");
  t.deepEqual(kept.data, []);
});

test("no card's number or token of one is kept with a saved method", async (t) => {
  const world = await startWorld(t);
  await world.save(randomUUID(), visa);
  const rows = await world.database.sql.rows("SELECT * FROM saved_method");
  t.notRegex(JSON.stringify(rows), /pm_card|4242424242424242/);
});
