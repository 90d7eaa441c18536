import test from "ava";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { createThrottle, refusalProbability } from "../../src/load/throttle.ts";

const { CRITICAL, NORMAL } = Criticality;

test("the probability is (requests - K * accepts) / (requests + 1), never below zero", (t) => {
  t.is(refusalProbability({ requests: 0, accepts: 0 }, 2), 0);
  t.is(refusalProbability({ requests: 100, accepts: 100 }, 2), 0);
  t.is(refusalProbability({ requests: 100, accepts: 50 }, 2), 0);
  t.is(refusalProbability({ requests: 99, accepts: 0 }, 2), 0.99);
  t.is(refusalProbability({ requests: 99, accepts: 20 }, 2), 0.59);
});

function world() {
  const time = { nowMs: 0 };
  const chance = { next: 0.5 };
  return { time, chance, throttle: createThrottle({ now: () => time.nowMs, random: () => chance.next }) };
}

test("a target that takes everything is sent everything", (t) => {
  const { throttle, chance } = world();
  chance.next = 0;
  for (let call = 0; call < 100; call++) {
    t.true(throttle.admits(NORMAL));
    throttle.sent(NORMAL, true);
  }
});

test("a target that refuses is asked ever less, and what matters more is tried longer", (t) => {
  const { throttle } = world();
  for (let call = 0; call < 100; call++) {
    const isTaken = call % 2 === 0;
    throttle.sent(NORMAL, isTaken);
    throttle.sent(CRITICAL, isTaken);
  }
  // 50 of 100 taken: 1.1 times that is 55, three times 150.
  t.true(throttle.admits(NORMAL));
  t.true(throttle.admits(CRITICAL));
  for (let call = 0; call < 100; call++) throttle.sent(NORMAL, false);
  t.false(throttle.admits(NORMAL));
  t.true(throttle.admits(CRITICAL));
});

test("what is refused here counts as asked, so that a flood keeps the share that is sent small", (t) => {
  const { throttle, chance } = world();
  for (let call = 0; call < 20; call++) throttle.sent(NORMAL, false);
  chance.next = 0.96;
  t.true(throttle.admits(NORMAL));
  chance.next = 0.1;
  for (let call = 0; call < 50; call++) t.false(throttle.admits(NORMAL));
  chance.next = 0.96;
  t.false(throttle.admits(NORMAL));
});

test("after three seconds all is forgotten", (t) => {
  const { throttle, time } = world();
  for (let call = 0; call < 100; call++) throttle.sent(NORMAL, false);
  t.false(throttle.admits(NORMAL));
  time.nowMs += 2_700;
  t.false(throttle.admits(NORMAL));
  time.nowMs += 300;
  t.true(throttle.admits(NORMAL));
});
