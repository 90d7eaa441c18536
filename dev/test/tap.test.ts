import test from "ava";
import { tapReader } from "../src/tap.ts";

function readAll(lines: readonly string[]) {
  const written: string[] = [];
  const reader = tapReader((line) => written.push(line));
  for (const line of lines) reader.read(line);
  return { written, counts: reader.counts(), failures: reader.failures() };
}

test("tests that passed, failed and were skipped are counted and written for a person", (t) => {
  const { written, counts, failures } = readAll([
    "TAP version 13",
    "ok 1 - a › one",
    "not ok 2 - a › two",
    "  ---",
    "    message: no",
    "  ...",
    "ok 3 - a › three # SKIP",
    "",
    "1..3",
    "# tests 3",
    "# pass 1",
  ]);
  t.deepEqual(counts, { passed: 1, failed: 1, skipped: 1 });
  t.deepEqual(failures, ["a › two"]);
  t.deepEqual(written, ["✔ a › one", "✘ a › two", "    message: no", "- a › three # SKIP"]);
});

test("a crash and a file without tests count as failures", (t) => {
  t.is(readAll(["not ok 1 - Error: boom", "not ok 2 - No tests found in c.test.ts"]).counts.failed, 2);
});
