import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { rootFolder } from "../src/check/image.ts";

type Violation = {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
};
type Configuration = { readonly forbidden: readonly { readonly name: string }[] };

const fixtures = join(rootFolder, "dev/fixtures/imports");
const config = join(rootFolder, ".dependency-cruiser.cjs");
const allowed = "allowed";

async function cruise(name: string): Promise<readonly Violation[]> {
  const folder = join(fixtures, name);
  const { stdout } = await promisify(execFile)(
    join(rootFolder, "node_modules/.bin/depcruise"),
    ["--config", config, "--output-type", "json", ...(await readdir(folder))],
    { cwd: folder, maxBuffer: 16 * 1024 * 1024 },
  );
  return JSON.parse(stdout).summary.violations;
}

const broken = test.macro({
  exec: async (t, name: string) => {
    const violations = await cruise(name);
    t.true(violations.length > 0);
    t.deepEqual([...new Set(violations.map(({ rule }) => rule.name))], [name]);
  },
  title: (_, name) => `a bad import breaks ${name} and no other rule`,
});

const configuration: Configuration = createRequire(import.meta.url)(config);
for (const { name } of configuration.forbidden) test(broken, name);

test("every rule of import has its bad fixture", async (t) => {
  const names = configuration.forbidden.map(({ name }) => name);
  t.deepEqual((await readdir(fixtures)).sort(), [...names, allowed].sort());
});

test("what the architecture allows breaks no rule", async (t) => {
  t.deepEqual(await cruise(allowed), []);
});

test("a domain file may import neither Node nor a package nor its own store", async (t) => {
  const targets = (await cruise("domain-imports-world")).map(({ to }) => to);
  t.is(targets.length, 3);
});

test("sql is refused through typeorm and through mysql2", async (t) => {
  t.is((await cruise("sql-outside-store")).length, 2);
});
