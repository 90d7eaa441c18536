import test from "ava";
import type { Order } from "../src/order.ts";
import { nextReturnStates, type Return, type ReturnState } from "../src/return.ts";
import { describeAftersale } from "../src/return-words.ts";
import { placedGroup } from "./fixtures.ts";

const states = Object.keys(nextReturnStates) as ReturnState[];
/** What the timeline has room for beside "Order 26-…: ". */
const ROOM = 175;

test("whatever is returned, however long its name, each of its return's sentences fits into the timeline and says what came of it", (t) => {
  const [order] = placedGroup().orders;
  const [line] = order?.lines ?? [];
  if (order === undefined || line === undefined) return t.fail();
  const long = "A very long name 🪑 ".repeat(12).slice(0, 200);
  for (const count of [1, 2, 3, 200]) {
    const lines = Array.from({ length: count }, (_, index) => ({ ...line, id: `l${index}`, title: long }));
    for (const state of states) {
      const sentence = told({ ...order, lines }, state);
      t.true([...sentence].length <= ROOM, `${state}: ${sentence}`);
      t.is(sentence.includes(` and ${count - 1} more`), count > 1);
    }
    t.regex(told({ ...order, lines }, "rejected"), / was rejected$/);
  }
  t.is(told(order, "approved"), `the return of 1 × ${line.title} was approved`);
});

/** The sentence of a return of one piece of each line that has just come to `state`. */
function told(order: Order, state: ReturnState): string {
  const lines = order.lines.map(({ id }) => ({ lineId: id, quantity: 1, received: 1, inspections: [] }));
  const one = { id: "r", state, lines, endReason: "" } as unknown as Return;
  return describeAftersale(order, { ...order, returns: [one] })[0]?.summary ?? "";
}
