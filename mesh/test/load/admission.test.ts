import test from "ava";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { createAdmission, type Leave } from "../../src/load/admission.ts";
import { virtualTime } from "./virtual-time.ts";

const { CRITICAL, NORMAL, SHEDDABLE } = Criticality;
const bounds = { min: 4, max: 100, targetMs: 20, rest: 50 };
const ten = { ...bounds, rest: 10 };

function fill(admission: ReturnType<typeof createAdmission>, criticality: Criticality): Leave[] {
  const leaves: Leave[] = [];
  for (let leave = admission.enter(criticality); leave !== undefined; leave = admission.enter(criticality))
    leaves.push(leave);
  return leaves;
}

test("what matters least is refused first, what matters most has every place", (t) => {
  const admission = createAdmission({ bounds: ten, ...virtualTime() });
  t.is(fill(admission, SHEDDABLE).length, 5);
  t.is(fill(admission, NORMAL).length, 3);
  t.is(fill(admission, CRITICAL).length, 2);
  t.deepEqual(admission.usage(), { limit: 10, inFlight: 10, streams: 0, refused: 3 });
});

test("what has begun is let through: where the limit fell what matters most still has the places of rest", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  const leaves = fill(admission, NORMAL);
  time.pass(500, 60);
  t.true(admission.usage().limit < leaves.length);
  t.is(admission.enter(NORMAL), undefined);
  t.is(fill(admission, CRITICAL).length, 50 - leaves.length);
});

test("a place is given back once, however often its holder says so", (t) => {
  const admission = createAdmission({ bounds: ten, ...virtualTime() });
  const [first] = fill(admission, CRITICAL);
  first?.();
  first?.();
  t.is(admission.usage().inFlight, 9);
  t.truthy(admission.enter(CRITICAL));
  t.is(admission.enter(CRITICAL), undefined);
});

test("an event loop that is always late lowers the limit, one that is in time raises it", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  fill(admission, CRITICAL);
  time.pass(200, 40);
  const lowered = admission.usage().limit;
  t.true(lowered < 50);
  time.pass(1_000);
  t.true(admission.usage().limit > lowered);
});

test("one late turn in a window is no standing queue", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  fill(admission, CRITICAL);
  time.pass(70, 50);
  time.pass(50);
  t.true(admission.usage().limit >= 50);
});

test("a queue that the process tells of counts like the event loop", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  const waited = admission.queue("order");
  fill(admission, CRITICAL);
  for (let sample = 0; sample < 6; sample++) {
    waited(30);
    time.pass(20);
  }
  t.is(admission.usage().limit, 33);
});

test("a limit that a load has lowered comes back while there is nothing to do, and no further than where it began", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  const leaves = fill(admission, CRITICAL);
  time.pass(500, 60);
  t.true(admission.usage().limit <= 20);
  for (const leave of leaves) leave();
  time.pass(300);
  t.true(time.isIdle());
  admission.enter(NORMAL)?.();
  t.true(admission.usage().limit < 50);
  time.pass(3_000);
  admission.enter(NORMAL)?.();
  t.is(admission.usage().limit, 50);
});

test("a process at rest is not watched", (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  t.true(time.isIdle());
  admission.enter(NORMAL)?.();
  time.pass(1_000);
  t.true(time.isIdle());
});

test("looking whether there is room takes none", (t) => {
  const admission = createAdmission({ bounds: ten, maxStreams: 1, ...virtualTime() });
  for (let look = 0; look < 20; look++) t.true(admission.hasRoom(SHEDDABLE, true));
  fill(admission, NORMAL);
  t.false(admission.hasRoom(NORMAL, false));
  t.true(admission.hasRoom(CRITICAL, false));
});

test("streams have a count of their own and take no places from calls", (t) => {
  const admission = createAdmission({ bounds: ten, maxStreams: 2, ...virtualTime() });
  const leave = admission.openStream(CRITICAL);
  t.truthy(admission.openStream(CRITICAL));
  t.is(admission.openStream(CRITICAL), undefined);
  t.truthy(admission.enter(CRITICAL));
  leave?.();
  t.truthy(admission.openStream(CRITICAL));
});

/** Whether `waited` has come to its end, looked at again after each `pass`. */
function watch(waited: Promise<void>, time: ReturnType<typeof virtualTime>) {
  let isOver = false;
  void waited.then(() => {
    isOver = true;
  });
  return async (ms: number): Promise<boolean> => {
    for (let passed = 0; passed < ms; passed += 5) {
      time.pass(5);
      await new Promise(setImmediate);
    }
    return isOver;
  };
}

test("a lull comes some milliseconds after the last answer, and in any case after a while", async (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  const leave = admission.enter(NORMAL);
  const isQuiet = watch(admission.lull(), time);
  t.false(await isQuiet(20));
  leave?.();
  t.true(await isQuiet(10));
  admission.enter(NORMAL);
  const isLate = watch(admission.lull(), time);
  t.false(await isLate(990));
  t.true(await isLate(15));
  admission.stop();
});

test("work for several is gathered while somebody waits, and for a short while only", async (t) => {
  const time = virtualTime();
  const admission = createAdmission({ bounds, ...time });
  await admission.gathered();
  admission.enter(NORMAL);
  const isGathered = watch(admission.gathered(), time);
  t.false(await isGathered(15));
  t.true(await isGathered(10));
  admission.stop();
});
