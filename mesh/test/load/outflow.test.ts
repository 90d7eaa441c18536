import test from "ava";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { boundAfter, createOutflow } from "../../src/load/outflow.ts";

const { CRITICAL, NORMAL, SHEDDABLE } = Criticality;

function world() {
  const time = { nowMs: 0 };
  const outflow = createOutflow(() => time.nowMs);
  /** As many calls as may be under way beside those that are. */
  const fill = (criticality: Criticality): ((isTaken: boolean) => void)[] => {
    const sent = [];
    while (outflow.hasRoom(criticality) && sent.length < 1_000) sent.push(outflow.send(criticality));
    return sent;
  };
  return { time, outflow, fill };
}

test("a target that takes everything is sent everything", (t) => {
  const { outflow, fill } = world();
  for (let round = 0; round < 3; round++) for (const ended of fill(NORMAL)) ended(true);
  t.is(fill(NORMAL).length, 1_000);
  t.true(outflow.hasRoom(NORMAL));
});

test("a refusal leaves three fifths of what was under way, that comes back within two or three seconds, and more soon after", (t) => {
  t.is(Math.round(boundAfter(50, 0)), 30);
  t.is(Math.round(boundAfter(16, 1_900)), 16);
  t.true(boundAfter(16, 2_800) < 17);
  t.is(Math.round(boundAfter(16, 4_000)), 26);
  t.true(boundAfter(16, 6_000) > 64);
  t.true(boundAfter(50, 3_000) >= 50);
});

test("where even one call was refused the next waits for three quarters of a second", (t) => {
  const { time, outflow, fill } = world();
  outflow.send(SHEDDABLE)(false);
  t.false(outflow.hasRoom(SHEDDABLE));
  time.nowMs += 730;
  t.false(outflow.hasRoom(SHEDDABLE));
  time.nowMs += 10;
  t.is(fill(SHEDDABLE).length, 1);
});

test("a target in a flood hears of a few calls in a second that it has no room for, and of all that it has room for", (t) => {
  const { time, outflow } = world();
  const room = 16;
  const servedMs = 50;
  const atTarget: { untilMs: number; ended: (isTaken: boolean) => void }[] = [];
  let taken = 0;
  let refused = 0;
  for (; time.nowMs < 20_000; time.nowMs += 1) {
    while (atTarget[0] !== undefined && atTarget[0].untilMs <= time.nowMs) atTarget.shift()?.ended(true);
    if (!outflow.hasRoom(SHEDDABLE)) continue;
    const ended = outflow.send(SHEDDABLE);
    if (atTarget.length < room) {
      atTarget.push({ untilMs: time.nowMs + servedMs, ended });
      taken += 1;
    } else {
      refused += 1;
      ended(false);
    }
  }
  const most = (20_000 / servedMs) * room;
  t.true(taken > 0.9 * most, `${taken} of ${most} taken`);
  t.true(refused < 30, `${refused} refused`);
});

test("what matters most is always tried, a few at a time, and each kind is bound by itself", (t) => {
  const { outflow, fill } = world();
  outflow.send(NORMAL)(false);
  t.false(outflow.hasRoom(NORMAL));
  t.is(fill(SHEDDABLE).length, 1_000);
  outflow.send(CRITICAL)(false);
  t.is(fill(CRITICAL).length, 4);
});

test("refusals of calls that were on their way together count as one", (t) => {
  const { time, fill, outflow } = world();
  const sent = Array.from({ length: 20 }, () => outflow.send(SHEDDABLE));
  time.nowMs += 10;
  for (const ended of sent) ended(false);
  t.is(fill(SHEDDABLE).length, 12);
});
