import { create } from "@bufbuild/protobuf";
import { OrderGroupSchema, TimelineEntrySchema } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import test from "ava";
import { nothing, withMessage } from "../src/features/order/live-group.ts";

const entry = (sequence: bigint) => create(TimelineEntrySchema, { sequence });
const group = (version: bigint) => create(OrderGroupSchema, { id: "g", version });

test("what a message tells again after a break is not told twice", (t) => {
  const first = withMessage(nothing, { group: group(1n), entries: [entry(1n), entry(2n)] });
  const second = withMessage(first, { group: group(2n), entries: [entry(2n), entry(3n)] });
  t.deepEqual(
    second.entries.map(({ sequence }) => sequence),
    [1n, 2n, 3n],
  );
});

test("an older state does not replace a newer one", (t) => {
  const newer = withMessage(nothing, { group: group(5n), entries: [] });
  t.is(withMessage(newer, { group: group(4n), entries: [] }).group?.version, 5n);
});

test("a heartbeat changes nothing", (t) => {
  const known = withMessage(nothing, { group: group(1n), entries: [entry(1n)] });
  t.deepEqual(withMessage(known, { entries: [] }), known);
});
