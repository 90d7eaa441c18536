import test from "ava";
import type { SagaPlan, SagaStep } from "../src/saga/plan.ts";
import { aMoment, driver, open, soon } from "./saga-fixtures.ts";

type Mine = { readonly orderId: string };

function step(name: string, isRefused = false): SagaStep<Mine> {
  return {
    name,
    perform: async () => (isRefused ? { kind: "refused", reason: "DECLINED" } : { kind: "done" }),
    undo: async () => undefined,
  };
}

/** Its payment is refused; what comes after is never begun. */
const declined: SagaPlan<Mine> = {
  kind: "checkout",
  stages: [
    { steps: [step("hold")], isCarried: true },
    { steps: [step("pay", true)], isCarried: true },
    { steps: [step("allocate")], isPivot: true },
  ],
  async onProgress() {},
};

test("what a process has just begun is not taken for left behind by its own poll: nothing is undone that was not begun", async (t) => {
  const database = await open(t);
  const sagas = driver(t, database, declined, { pollMs: 1 });
  await sagas.start();
  for (let index = 0; index < 400; index++) {
    const id = `s${index}`;
    await database.transaction((tx) => sagas.begin(tx, id, { orderId: id }));
    const { progress } = await sagas.drive(id, soon());
    t.is(progress.phase, "undone");
    const steps = new Set((await sagas.history(id)).map(({ step: name }) => name));
    if (steps.has("allocate")) t.fail(`${id} of 400: ${[...steps].join()}`);
  }
  await aMoment();
});
