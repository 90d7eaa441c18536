import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { deliver, plan, ship } from "../src/fulfilment.ts";
import { confirm, place } from "../src/group.ts";
import type { Order } from "../src/order.ts";
import {
  approveReturn,
  declineReturn,
  escalateReturn,
  inspectReturn,
  moveReturn,
  nextReturnStates,
  receiveReturn,
  type Return,
  RETURN_WINDOW_MS,
  type ReturnState,
} from "../src/return.ts";
import { changeReturn, partsOfReturn, requestReturn, returnableOf, returnIn } from "../src/returning.ts";
import { beginRefund } from "../src/refunding.ts";
import { nowMs, placedGroup } from "./fixtures.ts";

const states = Object.keys(nextReturnStates) as ReturnState[];
const DAY_MS = 24 * 3_600_000;

const allowed = test.macro({
  exec: (t: ExecutionContext, from: ReturnState, to: ReturnState) =>
    void t.is(moveReturn(returned(from), to, nowMs).state, to),
  title: (_, from, to) => `a return ${from} -> ${to}`,
});
const refused = test.macro({
  exec: (t: ExecutionContext, from: ReturnState, to: ReturnState) =>
    void t.like(
      t.throws(() => moveReturn(returned(from), to, nowMs), { instanceOf: DomainError }),
      { reason: "RETURN_STATE", metadata: { from, to } },
    ),
  title: (_, from, to) => `a return ${from} -/-> ${to}`,
});
for (const from of states) {
  for (const to of states.filter((state) => state !== from)) {
    if (nextReturnStates[from].includes(to)) test(allowed, from, to);
    else test(refused, from, to);
  }
}

test("REFUNDED, EXCHANGED and REJECTED returns are final, and repeating a transition is a no-op", (t) => {
  for (const state of ["refunded", "exchanged", "rejected"] as const) t.deepEqual(nextReturnStates[state], []);
  const one = returned("approved");
  t.is(moveReturn(one, "approved", nowMs + 1), one);
});

test("30 days from delivered: a line can be returned until the last millisecond of them, and not after", (t) => {
  const order = delivered();
  const last = (order.completeMs ?? 0) + RETURN_WINDOW_MS - 1;
  t.is(returnIn(ask(order, 2, last), "r1").state, "requested");
  const error = t.throws(() => ask(order, 2, last + 1), { instanceOf: DomainError });
  t.like(error, { kind: "precondition", reason: "RETURN_WINDOW_OVER" });
  t.is(RETURN_WINDOW_MS, 30 * DAY_MS);
});

test("quantities are never more than delivered and not already returned or refunded", (t) => {
  const order = delivered();
  t.deepEqual(returnableOf(order, line(order)), {
    lineId: line(order),
    quantity: 2,
    untilMs: (order.completeMs ?? 0) + RETURN_WINDOW_MS,
  });
  refusedQuantity(t, () => ask(order, 3));
  const one = ask(order, 1);
  refusedQuantity(t, () => ask(one, 2, nowMs + 3, "r2"));
  refusedQuantity(t, () => ask(ask(one, 1, nowMs + 3, "r2"), 1, nowMs + 3, "r3"));
  const paidBack = beginRefund(
    order,
    partsOfReturn(order, { ...returned("inspected"), lines: [{ ...wish(order, 1), sku: "A", ...looked(1) }] }, false),
    { id: "f", returnId: "", reason: "GOODWILL", note: "" },
    nowMs,
  );
  refusedQuantity(t, () => ask(paidBack, 2));
  refusedQuantity(t, () => ask(notDelivered(), 1));
});

test("what was declined can be asked for again, what was refused on inspection cannot", (t) => {
  const order = delivered();
  const declined = changeReturn(ask(order, 2), "r1", (one) => declineReturn(one, "USED", "", nowMs), nowMs);
  t.is(returnIn(ask(declined, 2, nowMs + 3, "r2"), "r2").lines[0]?.quantity, 2);
  const inspected = changeReturn(
    ask(order, 2),
    "r1",
    (one) => inspectReturn(received(one, 2), [{ lineId: line(order), resellable: 0, damaged: 0, refused: 2 }], nowMs),
    nowMs,
  );
  const rejected = changeReturn(inspected, "r1", (one) => moveReturn(one, "rejected", nowMs), nowMs);
  refusedQuantity(t, () => ask(rejected, 1, nowMs + 3, "r2"));
});

test("a parcel that holds a part is PARTIALLY_RECEIVED, then RECEIVED with the rest; never more than was to come", (t) => {
  const order = ask(delivered(), 2);
  const lineId = line(order);
  const approved = { ...returnIn(order, "r1"), state: "in-transit" as const };
  const part = receiveReturn(approved, [{ lineId, quantity: 1 }], nowMs);
  t.is(part.state, "partially-received");
  t.is(receiveReturn(part, [{ lineId, quantity: 1 }], nowMs + 1), part);
  t.is(receiveReturn(part, [{ lineId, quantity: 2 }], nowMs).state, "received");
  t.is(
    reasonOf(t, () => receiveReturn(part, [{ lineId, quantity: 3 }], nowMs)),
    "RECEIVED_TOO_MANY",
  );
  t.is(
    reasonOf(t, () => receiveReturn(part, [{ lineId: "x", quantity: 1 }], nowMs)),
    "RETURN_LINE_UNKNOWN",
  );
  t.is(
    reasonOf(t, () => receiveReturn(approved, [{ lineId, quantity: 0 }], nowMs)),
    "RECEIVED_NOTHING",
  );
});

test("an inspection says of each piece that came in what it is", (t) => {
  const order = ask(delivered(), 2);
  const lineId = line(order);
  const one = received(returnIn(order, "r1"), 2);
  const verdict = { lineId, resellable: 1, damaged: 1, refused: 0 };
  t.is(inspectReturn(one, [verdict], nowMs).state, "inspected");
  t.is(
    reasonOf(t, () => inspectReturn(one, [{ ...verdict, refused: 1 }], nowMs)),
    "INSPECTION_INCOMPLETE",
  );
  t.is(
    reasonOf(t, () => inspectReturn(one, [], nowMs)),
    "INSPECTION_INCOMPLETE",
  );
});

test("only accepted pieces are paid for, and the delivery where the inspection says so", (t) => {
  const order = ask(delivered(), 2);
  const lineId = line(order);
  const one = inspectReturn(received(returnIn(order, "r1"), 2), [{ lineId, resellable: 1, damaged: 0, refused: 1 }], 0);
  const parts = partsOfReturn(order, one, true);
  t.deepEqual(
    parts.map(({ quantity, amount }) => [quantity, amount.minorUnits]),
    [
      [1, 999n],
      [0, 290n],
    ],
  );
});

test("a declined return is taken up again only by an administrator, after its buyer escalated it", (t) => {
  const declined = declineReturn(returned("requested"), "USED", "", nowMs);
  const administrator = { isAdministrator: true };
  t.is(
    reasonOf(t, () => approveReturn(declined, nowMs, administrator)),
    "RETURN_STATE",
  );
  const escalated = escalateReturn(declined, nowMs);
  t.is(
    reasonOf(t, () => approveReturn(escalated, nowMs, { isAdministrator: false })),
    "RETURN_STATE",
  );
  t.like(approveReturn(escalated, nowMs, administrator), { state: "approved", endReason: "" });
  t.is(
    reasonOf(t, () => escalateReturn(returned("inspected"), nowMs)),
    "RETURN_STATE",
  );
});

test("whatever is asked for in whatever order, no piece is returned twice", (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.boolean()), { maxLength: 12 }), (steps) => {
      let order = delivered(5);
      for (const [index, [quantity, isDeclined]] of steps.entries()) {
        try {
          order = ask(order, quantity, nowMs + 3, `r${index}`);
        } catch (error) {
          if (error instanceof DomainError && error.reason === "RETURN_QUANTITY") continue;
          throw error;
        }
        if (isDeclined) order = changeReturn(order, `r${index}`, (one) => declineReturn(one, "X", "", nowMs), nowMs);
      }
      const open = (order.returns ?? []).filter(({ state }) => state !== "declined");
      return open.reduce((sum, { lines }) => sum + (lines[0]?.quantity ?? 0), 0) <= 5;
    }),
  );
  t.pass();
});

function delivered(quantity = 2): Order {
  const [first] = confirm(place(placedGroup(), nowMs), nowMs).orders;
  if (first === undefined) throw new Error("the fixture has no order");
  const order = deliver(ship(plan(first, nowMs), nowMs + 1), nowMs + 2);
  return { ...order, lines: order.lines.map((one) => ({ ...one, quantity })) };
}

function notDelivered(): Order {
  const [first] = placedGroup().orders;
  if (first === undefined) throw new Error("the fixture has no order");
  return first;
}

function line(order: Order): string {
  return order.lines[0]?.id ?? "";
}

function wish(order: Order, quantity: number) {
  return { lineId: line(order), quantity, reason: "defective" as const };
}

function looked(quantity: number) {
  return { received: quantity, resellable: quantity, damaged: 0, refused: 0 };
}

function ask(order: Order, quantity: number, atMs = nowMs + 3, id = "r1"): Order {
  return requestReturn(order, [wish(order, quantity)], { id, note: "" }, atMs);
}

function returned(state: ReturnState): Return {
  return { ...returnIn(ask(delivered(), 2), "r1"), state };
}

function received(one: Return, quantity: number): Return {
  return { ...one, state: "received", lines: one.lines.map((entry) => ({ ...entry, received: quantity })) };
}

function refusedQuantity(t: ExecutionContext, work: () => unknown): void {
  t.is(reasonOf(t, work), "RETURN_QUANTITY");
}

function reasonOf(t: ExecutionContext, work: () => unknown): string {
  return t.throws(work, { instanceOf: DomainError })?.reason ?? "";
}
