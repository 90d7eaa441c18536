import { join } from "node:path";
import test from "ava";
import { nodeProgram, root } from "../src/paths.ts";
import { readRows, renderRows, totalMemoryBytes } from "../src/table.ts";
import { launchMesh, type LaunchOptions } from "../src/launcher.ts";
import { parseReplicas } from "../src/topology.ts";
import { removeTemporaryFolder, startMesh, temporaryFolder } from "../src/testing.ts";

const part = join(root, "dev", "test", "fixtures", "part.ts");
const commandOf: NonNullable<LaunchOptions["commandOf"]> = ({ services }) => [nodeProgram, part, services.join(",")];
const services = ["gateway", "order", "auth"];

test("a whole mesh starts, each process with the environment of its own services, and stops without a trace", async (t) => {
  const mesh = await startMesh({ topology: "compact", services, commandOf });
  t.deepEqual(
    mesh.processes.map(({ name }) => name),
    ["gateway", "commerce", "people"],
  );
  t.is(mesh.processOf("order"), "commerce");
  t.is(mesh.env["ORDER_ADDRESS"], mesh.address("order"));
  const pids = mesh.processes.map(({ pid }) => pid);
  await mesh.stop();
  for (const pid of pids) t.throws(() => process.kill(pid, 0), { code: "ESRCH" });
});

test("a process killed with -9 is started again under another number", async (t) => {
  const mesh = await startMesh({ topology: "solo", services, commandOf });
  t.teardown(mesh.stop);
  const before = mesh.processes[0]?.pid;
  await mesh.kill("shop");
  await mesh.restarted("shop");
  const after = mesh.processes[0]?.pid;
  t.truthy(after);
  t.not(after, before);
});

test("replicas run side by side and are restarted one by one, each as a new process", async (t) => {
  const mesh = await startMesh({ topology: "mesh", services, commandOf, replicas: parseReplicas("order=2,gateway=2") });
  t.teardown(mesh.stop);
  t.deepEqual(
    mesh.processes.map(({ name }) => name),
    ["gateway", "gateway.2", "order", "order.2", "auth"],
  );
  t.is(mesh.env["ORDER_ADDRESS"]?.split(",").length, 2);
  t.is(new Set(mesh.gatewayUrls).size, 2);
  const before = mesh.processes.map(({ pid }) => pid);
  const heard: string[] = [];
  const say = (line: string): void => void heard.push(line);
  await mesh.restart({ names: ["order"], force: false, say, settleMs: 0 });
  const isSame = mesh.processes.map(({ pid }, index) => pid === before[index]);
  t.deepEqual(isSame, [true, true, false, false, true]);
  t.is(heard.length, 2);
  await t.throwsAsync(mesh.restart({ names: ["auth"], force: false, say }), { message: /no second instance/ });
});

test("a process that cannot start fails the test mesh with its own words", async (t) => {
  const failing = startMesh({
    topology: "solo",
    services,
    commandOf,
    environment: { FIXTURE_FAILS: "yes" },
  });
  await t.throwsAsync(failing, { message: /shop: .*told to fail/ });
});

test("the table tells what is ready, what failed and why, and what memory it takes", async (t) => {
  const folder = temporaryFolder();
  const mesh = await launchMesh({
    folder,
    topology: "compact",
    ports: "free",
    throwaway: true,
    environment: process.env,
    services,
    commandOf: (plan) => (plan.name === "people" ? [nodeProgram, "-e", "throw new Error('no key')"] : commandOf(plan)),
  });
  t.teardown(async () => {
    await mesh.stop();
    removeTemporaryFolder(folder);
  });
  t.deepEqual(Object.keys(await mesh.ready(20_000)), ["people"]);
  const rows = await readRows(mesh);
  t.deepEqual(
    rows.filter(({ ready }) => !ready).map(({ part: name }) => name),
    ["auth"],
  );
  t.regex(renderRows(rows), /auth +people +127\.0\.0\.1:\d+ +FAILED.*no key/);
  t.true(totalMemoryBytes(rows) > 50_000_000);
});
