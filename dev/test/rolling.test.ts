import test from "ava";
import { type Control, openControl, orderRestart } from "../src/control.ts";
import { rollingRestart } from "../src/rolling.ts";
import type { ProgramState } from "../src/supervisor.ts";
import { parseReplicas, planProcesses } from "../src/topology.ts";

const ready: ProgramState = { state: "ready", startMs: 1 };

/** Processes that only write down what is done to them. */
function fakeMesh(replicas: string, states: Readonly<Record<string, ProgramState>> = {}) {
  const plans = planProcesses("mesh", ["gateway", "auth", "order"], parseReplicas(replicas));
  const done: string[] = [];
  const processes = new Map(
    plans.map(({ name }) => [
      name,
      {
        current: () => states[name] ?? ready,
        stop: async () => void done.push(`stop ${name}`),
        start: () => void done.push(`start ${name}`),
        ready: async () => {
          done.push(`ready ${name}`);
          return name === "order.2" && replicas === "order=3" ? "no database" : undefined;
        },
      },
    ]),
  );
  return { running: { plans, processes }, done };
}

const quietly = { say: () => undefined, settleMs: 0 };

test("a rolling restart takes one process after another, each ready before the next leaves", async (t) => {
  const { running, done } = fakeMesh("order=2");
  await rollingRestart(running, { ...quietly, names: ["order"], force: false });
  t.deepEqual(done, ["stop order", "start order", "ready order", "stop order.2", "start order.2", "ready order.2"]);
});

test("one instance may be restarted by its name", async (t) => {
  const { running, done } = fakeMesh("order=2");
  await rollingRestart(running, { ...quietly, names: ["order.2"], force: false });
  t.deepEqual(done, ["stop order.2", "start order.2", "ready order.2"]);
});

test("what has no second instance is not restarted, and nothing else either", async (t) => {
  const { running, done } = fakeMesh("order=2");
  await t.throwsAsync(rollingRestart(running, { ...quietly, names: [], force: false }), {
    message: /^gateway, auth: no second instance/,
  });
  t.deepEqual(done, []);
});

test("by force everything is restarted", async (t) => {
  const { running, done } = fakeMesh("1");
  await rollingRestart(running, { ...quietly, names: [], force: true });
  t.is(done.length, 9);
});

test("an instance stays while no other one is ready", async (t) => {
  const { running, done } = fakeMesh("order=2", { "order.2": { state: "starting", reason: "no answer yet" } });
  await t.throwsAsync(rollingRestart(running, { ...quietly, names: ["order"], force: false }), {
    message: /order stays.*order\.2: starting: no answer yet/,
  });
  t.deepEqual(done, []);
});

test("a process that does not come back ends the restart", async (t) => {
  const { running, done } = fakeMesh("order=3");
  await t.throwsAsync(rollingRestart(running, { ...quietly, names: ["order"], force: false }), {
    message: "order.2 is not back: no database",
  });
  t.false(done.includes("stop order.3"));
});

test("a name that nobody has is refused with those that there are", async (t) => {
  const { running } = fakeMesh("1");
  await t.throwsAsync(rollingRestart(running, { ...quietly, names: ["oder"], force: true }), {
    message: /no process "oder"; there are: gateway, auth, order/,
  });
});

async function control(t: { teardown(fn: () => void): void }, restart: Parameters<typeof openControl>[0]) {
  const opened: Control = await openControl(restart);
  t.teardown(opened.close);
  return opened.address;
}

test("a launcher tells who ordered a restart what happens, and when it is done", async (t) => {
  const address = await control(t, async ({ names, force, say }) => say(`${names.join()} ${force}`));
  const heard: string[] = [];
  await orderRestart(address, { names: ["order"], force: true }, (line) => heard.push(line));
  t.deepEqual(heard, ["order true"]);
});

test("a launcher tells why a restart was not done", async (t) => {
  const address = await control(t, () => Promise.reject(new Error("order stays")));
  await t.throwsAsync(
    orderRestart(address, { names: [], force: false }, () => undefined),
    { message: "order stays" },
  );
});

test("a launcher takes one order at a time", async (t) => {
  const first = Promise.withResolvers<void>();
  const address = await control(t, ({ say }) => {
    say("begun");
    return first.promise;
  });
  const begun = Promise.withResolvers<string>();
  const one = orderRestart(address, { names: [], force: false }, begun.resolve);
  await begun.promise;
  const other = orderRestart(address, { names: [], force: false }, () => undefined);
  await t.throwsAsync(other, { message: /another restart/ });
  first.resolve();
  await one;
});

test("a launcher takes no order from a stranger", async (t) => {
  const address = await control(t, async () => t.fail());
  const stranger = { ...address, token: "guessed" };
  await t.throwsAsync(
    orderRestart(stranger, { names: [], force: false }, () => undefined),
    { message: /401/ },
  );
});
