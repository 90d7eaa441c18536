import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { callOff, deliver, plan, ship } from "../src/fulfilment.ts";
import { confirm, place, placeQuote, reject, requestCancel, requireAction } from "../src/group.ts";
import {
  hold,
  isCancellable,
  isOpen,
  nextStates,
  type Order,
  type OrderState,
  resume,
  transition,
} from "../src/order.ts";
import { buildQuote } from "../src/quote.ts";
import { describeChange, describePlacement } from "../src/timeline.ts";
import { nowMs, placedGroup, placement, quoteInput } from "./fixtures.ts";

const states = Object.keys(nextStates) as OrderState[];

const allowed = test.macro({
  exec: (t: ExecutionContext, from: OrderState, to: OrderState) => {
    const moved = transition(order(from, to), to, nowMs + 1);
    t.like(moved, { state: to, version: 2 });
  },
  title: (_, from, to) => `${from} -> ${to}`,
});
const refused = test.macro({
  exec: (t: ExecutionContext, from: OrderState, to: OrderState) =>
    void t.like(
      t.throws(() => transition(order(from, undefined), to, nowMs), { instanceOf: DomainError }),
      { reason: "ORDER_STATE", metadata: { from, to } },
    ),
  title: (_, from, to) => `${from} -/-> ${to}`,
});
for (const from of states) {
  for (const to of states.filter((state) => state !== from)) {
    if (nextStates[from].includes(to)) test(allowed, from, to);
    else test(refused, from, to);
  }
}

test("repeating a transition is a no-op", (t) => {
  const placed = order("placed", undefined);
  t.is(transition(placed, "placed", nowMs), placed);
});

test("REJECTED, CANCELLED and CLOSED are final", (t) => {
  for (const state of ["rejected", "cancelled", "closed"] as const) t.deepEqual(nextStates[state], []);
});

const heldUp = test.macro({
  exec: (t: ExecutionContext, state: OrderState) => {
    const held = hold(order(state, undefined), "ADDRESS_CHECK", nowMs);
    t.like(held, { state: "on-hold", heldState: state, holdReason: "ADDRESS_CHECK" });
    t.is(hold(held, "OTHER", nowMs), held, "once is enough");
    t.like(resume(held, nowMs), { state, heldState: undefined, holdReason: "" });
    t.is(isCancellable(held), isCancellable(order(state, undefined)), "its buyer may call it off all the same");
  },
  title: (_, state) => `open ⇄ ON_HOLD: ${state} goes on hold and back to where it was`,
});
const notHeldUp = test.macro({
  exec: (t: ExecutionContext, state: OrderState) => {
    const ended = order(state, undefined);
    t.is(t.throws(() => hold(ended, "X", nowMs), { instanceOf: DomainError }).reason, "ORDER_STATE");
    t.is(resume(ended, nowMs), ended);
  },
  title: (_, state) => `${state} goes on no hold, and is not resumed`,
});
for (const state of states.filter((one) => one !== "on-hold")) test(isOpen(state) ? heldUp : notHeldUp, state);

test("an order on hold goes back only to where it came from", (t) => {
  const held = transition(order("confirmed", undefined), "on-hold", nowMs);
  t.is(transition(held, "confirmed", nowMs).state, "confirmed");
  t.is(t.throws(() => transition(held, "processing", nowMs), { instanceOf: DomainError }).reason, "ORDER_STATE");
});

test("an order whose goods have left cannot be cancelled", (t) => {
  const shipped = ship(plan(order("confirmed", undefined), nowMs), nowMs);
  t.false(isCancellable(shipped));
  t.is(t.throws(() => callOff(shipped, "X", nowMs), { instanceOf: DomainError }).reason, "ORDER_STATE");
});

test("a parcel's way takes an order from CONFIRMED through PROCESSING to COMPLETED, and its money is captured as it leaves", (t) => {
  const planned = plan(order("confirmed", undefined), nowMs);
  const shipped = ship(planned, nowMs + 1);
  const delivered = deliver(shipped, nowMs + 2);
  t.deepEqual([planned.state, shipped.state, delivered.state], ["processing", "processing", "completed"]);
  t.deepEqual([planned.paymentState, shipped.paymentState], ["pending", "captured"]);
  t.deepEqual(shipped.captured, shipped.totals.total);
  t.is(deliver(delivered, nowMs + 3), delivered);
});

test("one checkout makes one order a seller", (t) => {
  const { orders, group } = placedGroup();
  t.deepEqual(
    orders.map(({ sellerId }) => sellerId),
    ["s1", "s2"],
  );
  t.true(orders.every(({ state, groupId }) => state === "pending" && groupId === group.id));
});

test("a quote that has expired cannot be placed", (t) => {
  const quote = buildQuote(quoteInput());
  const error = t.throws(() => placeQuote(quote, placement(quote, { nowMs: quote.expireMs })), {
    instanceOf: DomainError,
  });
  t.is(error.reason, "QUOTE_EXPIRED");
});

test("PLACED once the tenders are authorised, CONFIRMED at the pivot, each but once", (t) => {
  const placed = place(placedGroup(), nowMs);
  t.deepEqual(
    placed.orders.map(({ state, paymentState }) => [state, paymentState]),
    [
      ["placed", "authorized"],
      ["placed", "authorized"],
    ],
  );
  t.is(place(placed, nowMs), placed);
  const confirmed = confirm(placed, nowMs);
  t.is(confirmed.group.state, "confirmed");
  t.is(confirm(confirmed, nowMs), confirmed);
});

test("a payer who must act is told where, and goes on from there", (t) => {
  const waiting = requireAction(placedGroup(), { url: "https://pay", expireMs: nowMs + 1 }, nowMs);
  t.like(waiting.group, { state: "requires-action", actionUrl: "https://pay" });
  t.is(requireAction(waiting, { url: "https://pay", expireMs: nowMs + 1 }, nowMs), waiting);
  t.like(place(waiting, nowMs).group, { state: "pending", actionUrl: "" });
});

test("a checkout that turned back is REJECTED with its reason; one that its buyer called off is CANCELLED", (t) => {
  const refusal = { reason: "CARD_DECLINED", metadata: { code: "x" } };
  const rejected = reject(placedGroup(), refusal, nowMs);
  t.like(rejected.group, { state: "rejected", rejectReason: "CARD_DECLINED" });
  t.true(rejected.orders.every(({ state, paymentState }) => state === "rejected" && paymentState === "failed"));
  const placed = place(placedGroup(), nowMs);
  const asked = { ...placed, orders: placed.orders.map((one) => requestCancel(one, "CUSTOMER_REQUEST", nowMs)) };
  const cancelled = reject(asked, { reason: "CUSTOMER_REQUEST", metadata: {} }, nowMs);
  t.is(cancelled.group.state, "cancelled");
  t.true(cancelled.orders.every(({ state, paymentState }) => state === "cancelled" && paymentState === "voided"));
});

test("the timeline's sequence rises with every change", (t) => {
  const first = placedGroup();
  const second = place(first, nowMs);
  const third = confirm(second, nowMs);
  const sequences = [
    ...describePlacement(first),
    ...describeChange(first, second, nowMs),
    ...describeChange(second, third, nowMs),
  ].map(({ sequence }) => sequence);
  t.deepEqual(
    sequences,
    [...new Set(sequences)].sort((a, b) => a - b),
  );
});

function order(state: OrderState, returnsTo: OrderState | undefined): Order {
  const [first] = placedGroup().orders;
  if (first === undefined) throw new Error("the fixture has no order");
  return { ...first, state, heldState: state === "on-hold" ? returnsTo : undefined };
}
