import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { type LineRuns, type Manifest, OF_A_PACKAGE, root, sourceOf, stampOf, whyStale } from "../bundle.ts";

const OWN = "process/bundle.ts";

function manifest(overrides: Partial<Manifest> = {}): Manifest {
  const sources = { [OWN]: stampOf(join(root, OWN)) };
  return { root, folder: "a", entries: { run: "run.js", contracts: "contracts.js" }, sources, ...overrides };
}

test("a bundle holds while its sources are what it was made of", (t) => {
  t.is(whyStale(manifest()), undefined);
});

test("a bundle holds no more once a source has changed, or is gone", (t) => {
  t.is(whyStale(manifest({ sources: { [OWN]: "1 1" } })), `${OWN} has changed`);
  t.is(whyStale(manifest({ sources: { "process/gone.ts": "1 1" } })), "process/gone.ts has changed");
});

test("a bundle that came with a copy of a checkout does not hold there", (t) => {
  t.is(whyStale(manifest({ root: "/elsewhere" })), "made in /elsewhere");
});

test("a line of a bundle is told by the run that it lies in, a package's by none", (t) => {
  const runs: LineRuns = {
    files: ["mesh/src/a.ts", "mesh/src/b.ts"],
    runs: [
      [3, 0, 10],
      [8, OF_A_PACKAGE, 0],
      [20, 1, 1],
    ],
  };
  t.is(sourceOf(runs, 2), undefined);
  t.deepEqual(sourceOf(runs, 3), { file: "mesh/src/a.ts", line: 10 });
  t.deepEqual(sourceOf(runs, 7), { file: "mesh/src/a.ts", line: 14 });
  t.is(sourceOf(runs, 19), undefined);
  t.deepEqual(sourceOf(runs, 25), { file: "mesh/src/b.ts", line: 6 });
});

test("a stack names lines of the sources, from the bundle too", (t) => {
  const { PATH = "" } = process.env;
  const { stderr } = spawnSync(process.execPath, ["process/main.ts", "order"], {
    cwd: root,
    env: { PATH },
    encoding: "utf8",
  });
  const place = /readSettings \(file:.*?(mesh\/src\/host\/settings\.ts):(\d+):/.exec(stderr);
  const line = readFileSync(join(root, place?.[1] ?? OWN), "utf8").split("\n")[Number(place?.[2]) - 1];
  t.regex(line ?? "", /readConfig\(/, stderr);
});
