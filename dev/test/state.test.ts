import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { endProcess, identify, isRunning, type ProcessIdentity } from "../src/processes.ts";
import {
  becomeLauncher,
  cleanUp,
  leftovers,
  resignLauncher,
  runningLauncher,
  stateFile,
  type MeshState,
} from "../src/state.ts";

const dead: ProcessIdentity = { pid: 2 ** 22 - 1, startTime: "1@gone" };

function folder(t: ExecutionContext): string {
  const place = mkdtempSync(join(tmpdir(), "shopmesh-state-"));
  t.teardown(() => rmSync(place, { recursive: true, force: true }));
  return place;
}

function sleeper(): ProcessIdentity {
  const { pid } = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    detached: true,
    stdio: "ignore",
  });
  const identity = identify(pid ?? 0);
  if (identity === undefined) throw new Error("the sleeper did not start");
  return identity;
}

function write(into: string, state: Partial<MeshState>): void {
  writeFileSync(
    join(into, "state.json"),
    JSON.stringify({ launcher: dead, topology: "solo", processes: [], ...state }),
  );
}

test("a process is known by number and start, not by number alone", (t) => {
  const own = identify(process.pid);
  t.truthy(own);
  t.true(own !== undefined && isRunning(own));
  t.false(isRunning({ pid: process.pid, startTime: "1@earlier" }));
});

test("what a killed launcher left behind is ended, databases last, and forgotten", async (t) => {
  const place = folder(t);
  const left = sleeper();
  write(place, { processes: [{ ...left, name: "commerce", kind: "service" }] });
  t.deepEqual(await cleanUp(place), ["commerce"]);
  t.false(isRunning(left));
  t.false(existsSync(join(place, "state.json")));
});

test("a stranger with a leftover's number is left alone", async (t) => {
  const stranger = sleeper();
  const place = folder(t);
  write(place, {
    processes: [{ pid: stranger.pid, startTime: "1@earlier", name: "commerce", kind: "service" }],
  });
  t.deepEqual(await cleanUp(place), []);
  t.true(isRunning(stranger));
  await endProcess(stranger, 2_000);
});

test("while the launcher runs nothing of its is a leftover", (t) => {
  const own = identify(process.pid) ?? dead;
  const state: MeshState = {
    launcher: own,
    topology: "solo",
    processes: [{ ...own, name: "commerce", kind: "service" }],
  };
  t.deepEqual(leftovers(state), []);
  t.deepEqual(runningLauncher(state), own);
});

test("a second launcher of a folder is told of the first, one after it takes its place", async (t) => {
  const place = folder(t);
  t.deepEqual(await becomeLauncher(place, "solo"), { cleaned: [] });
  t.deepEqual(await becomeLauncher(place, "solo"), { running: identify(process.pid) ?? dead });
  resignLauncher(place);
  t.deepEqual(readdirSync(place), []);
  t.deepEqual(await becomeLauncher(place, "solo"), { cleaned: [] });
});

test("the lock of a launcher that is dead is taken over", async (t) => {
  const place = folder(t);
  writeFileSync(join(place, "launcher.json"), JSON.stringify(dead));
  t.deepEqual(await becomeLauncher(place, "solo"), { cleaned: [] });
});

test("started processes are recorded until they are removed", (t) => {
  const file = stateFile(folder(t));
  file.add({ pid: 1, startTime: "a", name: "one", kind: "service" });
  file.add({ pid: 2, startTime: "b", name: "two", kind: "infrastructure" });
  file.remove(1);
  t.deepEqual(
    file.read()?.processes.map(({ name }) => name),
    ["two"],
  );
});

test("a process that does not listen to being asked is killed", async (t) => {
  const child = spawn(
    process.execPath,
    ["-e", "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"],
    { detached: true, stdio: ["ignore", "pipe", "ignore"] },
  );
  await once(child.stdout, "data");
  const identity = identify(child.pid ?? 0) ?? dead;
  t.true(await endProcess(identity, 200));
  t.false(isRunning(identity));
});
