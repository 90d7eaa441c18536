import test from "ava";
import fc from "fast-check";
import { follow, hasLeft, isFinal, type Scan, type ShipmentState } from "../src/scan.ts";

const way: readonly ShipmentState[] = ["labelled", "shipped", "in-transit", "out-for-delivery", "delivered"];
const obstacles: readonly ShipmentState[] = ["exception", "delayed"];
/** The weakest first. */
const ends: readonly ShipmentState[] = ["lost", "delivered", "return-to-sender"];

function scan(state: ShipmentState, timeMs: number): Scan {
  return { code: state.slice(0, 8), timeMs, state, description: "", place: "" };
}

const scans = fc.array(
  fc.record({
    state: fc.constantFrom<ShipmentState>(...way, ...obstacles, ...ends),
    timeMs: fc.integer({ min: 0, max: 12 }),
  }),
  { maxLength: 8 },
);

test("any order and repetition of scans, told one by one or at once, ends the same", (t) => {
  fc.assert(
    fc.property(
      scans.chain((drawn) =>
        fc.tuple(fc.constant(drawn), fc.shuffledSubarray([...drawn, ...drawn], { minLength: 2 * drawn.length })),
      ),
      ([drawn, told]) => {
        const known: Scan[] = [];
        let state: ShipmentState = "labelled";
        for (const one of told) {
          known.push(scan(one.state, one.timeMs));
          state = follow(state, known);
        }
        return (
          state ===
          follow(
            "labelled",
            drawn.map((one) => scan(one.state, one.timeMs)),
          )
        );
      },
    ),
  );
  t.pass();
});

test("a late scan never moves a shipment back along its way, nor from its end", (t) => {
  const place = (state: ShipmentState) => [...way.slice(0, -1), ...ends].indexOf(state);
  fc.assert(
    fc.property(scans, (drawn) => {
      let state: ShipmentState = "labelled";
      let furthest = 0;
      const known: Scan[] = [];
      for (const one of drawn) {
        known.push(scan(one.state, one.timeMs));
        const after = follow(state, known);
        if (isFinal(state) && !isFinal(after)) return false;
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
test(followed, ["shipped", "lost", "delivered"], "delivered");
test(followed, ["shipped", "return-to-sender", "delivered"], "return-to-sender");

test("EXCEPTION and DELAYED are not final: whatever is scanned next moves the parcel on, also to each end", (t) => {
  for (const obstacle of obstacles) {
    t.false(isFinal(obstacle));
    for (const next of ["in-transit", "out-for-delivery", ...ends] as const) {
      t.is(follow("labelled", [scan("shipped", 0), scan(obstacle, 1), scan(next, 2)]), next);
    }
  }
});

test("goods in an exception have left, called off ones have not", (t) => {
  t.true(hasLeft("exception"));
  t.false(hasLeft("cancelled"));
  t.false(hasLeft("labelled"));
});
