import test from "ava";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { createAdmission } from "../../src/load/admission.ts";
import { createOutflow } from "../../src/load/outflow.ts";
import { virtualTime } from "./virtual-time.ts";

const { SHEDDABLE } = Criticality;
/** So long a busy process takes to read a call that it refuses. */
const READ_MS = 0.1;

type Job = { leftMs: number; readonly done: () => void };

/** A process that does one thing after another: reads a call, then serves it or refuses it. */
function startTarget(time: ReturnType<typeof virtualTime>, serviceMs: number) {
  const admission = createAdmission(time);
  const waited = admission.queue("jobs");
  const jobs: Job[] = [];
  return {
    take(ended: (isTaken: boolean) => void): void {
      const read = (): void => {
        const leave = admission.enter(SHEDDABLE);
        if (leave === undefined) return ended(false);
        jobs.push({ leftMs: serviceMs, done: () => (leave(), ended(true)) });
      };
      jobs.push({ leftMs: READ_MS, done: read });
    },
    workForOneMs(): void {
      waited(jobs.reduce((sum, { leftMs }) => sum + leftMs, 0));
      for (let left = 1; left > 0; ) {
        const [job] = jobs;
        if (job === undefined) return;
        const spent = Math.min(left, job.leftMs);
        left -= spent;
        job.leftMs -= spent;
        if (job.leftMs > 0) return;
        jobs.shift();
        job.done();
      }
    },
  };
}

/** A door before one process, for `seconds`: what was served, and who refused the rest. */
function flood({
  perMs,
  serviceMs,
  hopMs,
  seconds = 20,
}: Record<"perMs" | "serviceMs" | "hopMs", number> & { seconds?: number }) {
  const time = virtualTime();
  const target = startTarget(time, serviceMs);
  const door = createAdmission(time);
  const outflow = createOutflow(time.now);
  const came = { served: 0, refusedAtDoor: 0, refusedBehind: 0 };
  const arrive = (): void => {
    const leave = outflow.hasRoom(SHEDDABLE) ? door.enter(SHEDDABLE) : undefined;
    if (leave === undefined) return void (came.refusedAtDoor += 1);
    const ended = outflow.send(SHEDDABLE);
    target.take((isTaken) =>
      time.after(hopMs, () => {
        if (isTaken) came.served += 1;
        else came.refusedBehind += 1;
        ended(isTaken);
        leave();
      }),
    );
  };
  let arrived = 0;
  for (let ms = 0; ms < seconds * 1_000; ms++) {
    if (ms > 0) time.pass(1);
    for (; arrived < ms * perMs; arrived++) arrive();
    target.workForOneMs();
  }
  return { ...came, most: (seconds * 1_000) / serviceMs };
}

for (const setting of [
  { perMs: 1.3, serviceMs: 7, hopMs: 2 },
  { perMs: 1.3, serviceMs: 7, hopMs: 20 },
  { perMs: 4, serviceMs: 2.5, hopMs: 2 },
]) {
  test(`ten times what a process can serve, ${setting.serviceMs} ms each, ${setting.hopMs} ms away: nine in ten of those are served, and of a hundred refusals not one comes from behind the door`, (t) => {
    const { served, most, refusedAtDoor, refusedBehind } = flood(setting);
    t.true(served > 0.9 * most, `${served} of ${most} served`);
    t.true(refusedBehind < 0.006 * refusedAtDoor, `${refusedBehind} refused behind the door, ${refusedAtDoor} at it`);
  });
}
