import test from "ava";
import fc from "fast-check";
import { follow, hasLeft, isFinal, type Scan, type ShipmentState } from "../src/scan.ts";

const way: readonly ShipmentState[] = ["labelled", "shipped", "in-transit", "out-for-delivery", "delivered"];
const obstacles: readonly ShipmentState[] = ["exception", "delayed"];

function scan(state: ShipmentState, timeMs: number): Scan {
  return { code: state.slice(0, 8), timeMs, state, description: "", place: "" };
}

const scans = fc.uniqueArray(
  fc.record({
    state: fc.constantFrom<ShipmentState>(...way, ...obstacles, "lost", "return-to-sender"),
    timeMs: fc.integer({ min: 0, max: 20 }),
  }),
  { selector: ({ timeMs }) => timeMs, maxLength: 8 },
);

test("where scans leave a shipment does not depend on the order in which they come", (t) => {
  fc.assert(
    fc.property(scans, fc.integer(), (drawn, seed) => {
      const list = drawn.map(({ state, timeMs }) => scan(state, timeMs));
      const turned = list.toSorted((left, right) => ((left.timeMs * seed) % 7) - ((right.timeMs * seed) % 7));
      return follow("labelled", list) === follow("labelled", turned);
    }),
  );
  t.pass();
});

test("a scan more never moves a shipment back along its way", (t) => {
  const place = (state: ShipmentState) => way.indexOf(state);
  fc.assert(
    fc.property(scans, (drawn) => {
      let state: ShipmentState = "labelled";
      let furthest = 0;
      const known: Scan[] = [];
      for (const one of drawn) {
        known.push(scan(one.state, one.timeMs));
        const wasFinal = isFinal(state);
        const after = follow(state, known);
        if (wasFinal && after !== state) return false;
        if (place(after) >= 0 && place(after) < furthest) return false;
        furthest = Math.max(furthest, place(after));
        state = after;
      }
      return true;
    }),
  );
  t.pass();
});

const followed = test.macro<[readonly ShipmentState[], ShipmentState]>({
  exec(t, scanned: readonly ShipmentState[], expected: ShipmentState) {
    t.is(
      follow(
        "labelled",
        scanned.map((state, index) => scan(state, index)),
      ),
      expected,
    );
  },
  title: (_, scanned, expected) => `${scanned.join(", ")}: ${expected}`,
});
test(followed, [], "labelled");
test(followed, ["shipped", "in-transit"], "in-transit");
test(followed, ["in-transit", "shipped"], "in-transit");
test(followed, ["shipped", "exception"], "exception");
test(followed, ["shipped", "exception", "in-transit"], "in-transit");
test(followed, ["in-transit", "delayed", "in-transit"], "in-transit");
test(followed, ["shipped", "lost", "in-transit"], "lost");
test(followed, ["shipped", "return-to-sender"], "return-to-sender");
test(followed, ["shipped", "delivered", "exception"], "delivered");

test("goods in an exception have left, called off ones have not", (t) => {
  t.true(hasLeft("exception"));
  t.false(hasLeft("cancelled"));
  t.false(hasLeft("labelled"));
});
