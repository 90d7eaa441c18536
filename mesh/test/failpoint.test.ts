import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { failpoint, failpointAt, isWatched, position } from "../src/failpoint.ts";

const module = join(import.meta.dirname, "../src/failpoint.ts");

test("a place that nobody watches is nothing, not even a name", (t) => {
  t.false(isWatched());
  failpoint("shop.nowhere");
  position("before-commit", () => t.fail());
  failpointAt(() => t.fail());
  t.pass();
});

test("whoever gets to a place that was chosen dies there as by a power cut, and only once", async (t) => {
  const folder = newFolder(t);
  writeFileSync(join(folder, "shop.here"), "");
  const first = await run(
    folder,
    `failpoint("shop.elsewhere"); say("on the way"); failpoint("shop.here"); say("there");`,
  );
  t.deepEqual(first, { said: ["on the way"], signal: "SIGKILL" });
  t.false(existsSync(join(folder, "shop.here")));
  const second = await run(folder, `failpoint("shop.here"); say("there");`);
  t.deepEqual(second, { said: ["there"], signal: null });
});

test("crash@3 is for the third time that a process gets there", async (t) => {
  const folder = newFolder(t);
  writeFileSync(join(folder, "shop.here"), "crash@3");
  const ended = await run(folder, `for (const time of [1, 2, 3, 4]) { failpoint("shop.here"); say(String(time)); }`);
  t.deepEqual(ended, { said: ["1", "2"], signal: "SIGKILL" });
});

test("a process that hangs goes on when it is let go on", async (t) => {
  const folder = newFolder(t);
  const file = encodeURIComponent("shop.v1.Paid/after-publish");
  writeFileSync(join(folder, file), "hang");
  const program = `position("after-publish", () => "shop.v1.Paid"); say("went on");`;
  const ended = await run(folder, program, async (pid) => {
    while (!isStopped(pid)) await new Promise((resolve) => setImmediate(resolve));
    t.false(existsSync(join(folder, file)));
    process.kill(pid, "SIGCONT");
  });
  t.deepEqual(ended, { said: ["went on"], signal: null });
});

/** By Linux's word for it, the third of its line. */
function isStopped(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.startsWith("T") === true;
}

function newFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-failpoint-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a process says that is watched in `folder`, and what ended it. */
async function run(
  folder: string,
  program: string,
  meanwhile: (pid: number) => Promise<void> = async () => undefined,
): Promise<{ readonly said: readonly string[]; readonly signal: NodeJS.Signals | null }> {
  const source = `
    import { writeSync } from "node:fs";
    import { failpoint, position, watchFailpoints } from ${JSON.stringify(module)};
    const say = (word) => writeSync(1, word + "\\n");
    watchFailpoints(${JSON.stringify(folder)});
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => (text += String(chunk)));
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  if (child.pid !== undefined) await meanwhile(child.pid);
  return { signal: await ended, said: text.split("\n").filter((line) => line !== "") };
}
