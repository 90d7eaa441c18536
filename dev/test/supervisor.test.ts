import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { type Program, type ProgramState, supervise, type SupervisorOptions } from "../src/supervisor.ts";

const longMs = 30_000;
const mayComeFirst = process.getuid?.() === 0;

/** A program that does nothing, and is ready when a test says so. */
function program(
  t: ExecutionContext,
  { niceness, ...options }: Omit<SupervisorOptions, "state"> & Pick<Program, "niceness"> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "supervisor-"));
  const logFile = join(folder, "log");
  const is = { ready: true };
  const state = { add: () => undefined, remove: () => undefined } as unknown as SupervisorOptions["state"];
  const supervised = supervise(
    {
      name: "sleeper",
      kind: "service",
      command: ["sleep", "60"],
      cwd: folder,
      env: process.env,
      logFile,
      notReady: async () => (is.ready ? undefined : "not yet"),
      stopGraceMs: 1_000,
      ...(niceness === undefined ? {} : { niceness }),
    },
    { state, steadyMs: 0, ...options },
  );
  t.teardown(async () => {
    await supervised.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return { supervised, is, said: () => readFileSync(logFile, "utf8") };
}

test("a program that should come before others and may not says so in its log, once", async (t) => {
  const { supervised, said } = program(t, { niceness: -10 });
  t.is(await supervised.ready(longMs), undefined);
  await supervised.kill();
  while (supervised.pid() === undefined) await delay(5);
  t.is(said().split("it stands with the others").length - 1, mayComeFirst ? 0 : 1);
});

test("a program that died is started again before others, and stands beside them once it is ready", async (t) => {
  const { supervised, is } = program(t);
  t.is(await supervised.ready(longMs), undefined);
  t.is(getPriority(supervised.pid() ?? 0), 0);
  is.ready = false;
  await supervised.kill();
  while (supervised.pid() === undefined) await delay(5);
  const returningPid = supervised.pid() ?? 0;
  t.is(getPriority(returningPid), mayComeFirst ? -10 : 0);
  is.ready = true;
  t.is(await supervised.ready(longMs), undefined);
  t.is(getPriority(returningPid), 0);
});

test("a program that was well is started again at once, one that never was later each time", async (t) => {
  const waits: number[] = [];
  const report = (_: string, state: ProgramState): void => {
    if (state.state === "restarting") waits.push(state.inMs);
  };
  const { supervised, is } = program(t, { report });
  await supervised.ready(longMs);
  is.ready = false;
  for (let deaths = 0; deaths < 3; deaths++) {
    while (supervised.pid() === undefined) await delay(5);
    await supervised.kill();
  }
  t.deepEqual(waits, [0, 250, 500]);
});
