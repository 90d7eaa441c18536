import test from "ava";
import { serviceOf } from "../src/rate.ts";

test("a service that does not reach is replaced by one that takes no longer, or by the quickest", (t) => {
  const carriedBy = (id: string, isAbroad: boolean) => serviceOf(id, isAbroad).id;
  t.is(carriedBy("fedex-ground", false), "fedex-ground");
  t.is(carriedBy("fedex-ground", true), "fedex-international-priority");
  t.is(carriedBy("fedex-priority-overnight", true), "fedex-international-priority");
  t.is(carriedBy("fedex-international-economy", false), "fedex-ground");
  t.is(carriedBy("flat-standard", true), "fedex-international-connect-plus");
});
