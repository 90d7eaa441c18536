import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import test from "ava";
import { setNiceness } from "../src/processes.ts";

test("a program that leads a session stands back, to the sessions of others too", (t) => {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  t.teardown(() => child.kill("SIGKILL"));
  const { pid = 0 } = child;
  t.true(setNiceness(pid, 3));
  t.is(getPriority(pid), 3);
  const autogroup = readIfThere(`/proc/${pid}/autogroup`);
  if (autogroup !== undefined) t.regex(autogroup, /nice 3$/);
});

test("a program that has ended, or may not come first, does without", (t) => {
  t.false(setNiceness(2 ** 22 - 1, -10));
});

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    // No Linux, or one that weighs no sessions.
    return undefined;
  }
}
