import test from "ava";
import { originsOf, type Placed } from "../src/origin.ts";
import { address } from "./fixtures.ts";

const north = { ...address, city: "Hamburg" };
const south = { ...address, city: "Wien" };
const addresses = new Map([
  ["n", north],
  ["s", south],
]);

function lying(sellerId: string, locationId: string, weightGrams: number): Placed {
  return { sellerId, locationId, weightGrams };
}

test("a seller's goods are priced from where most of their weight leaves, each seller's by themselves", (t) => {
  const placed = [lying("a", "n", 300), lying("a", "s", 200), lying("a", "s", 200), lying("b", "n", 1)];
  t.deepEqual(
    [...originsOf(placed, addresses)],
    [
      ["a", south],
      ["b", north],
    ],
  );
});

test("of two places that are equally heavy the first one counts, and goods that weigh nothing leave from somewhere too", (t) => {
  t.is(originsOf([lying("a", "n", 0), lying("a", "s", 0)], addresses).get("a"), north);
});

test("from a place whose address nobody knows nothing is priced", (t) => {
  t.is(originsOf([lying("a", "nowhere", 300), lying("a", "s", 200)], addresses).size, 0);
});
