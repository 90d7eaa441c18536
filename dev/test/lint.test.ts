import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { rootFolder } from "../src/check/image.ts";

type Report = { readonly diagnostics: readonly { readonly code: string }[] };

const fixtures = join(rootFolder, "dev/fixtures/lint");

/** The repository's lint configuration, but for its leaving fixtures out. */
async function openConfiguration(t: ExecutionContext): Promise<string> {
  const { ignorePatterns: _, ...rules } = JSON.parse(await readFile(join(rootFolder, ".oxlintrc.json"), "utf8"));
  const folder = await mkdtemp(join(tmpdir(), "shopmesh-lint-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const file = join(folder, "oxlintrc.json");
  await writeFile(file, JSON.stringify(rules));
  return file;
}

async function lint(config: string, file: string): Promise<readonly string[]> {
  const oxlint = join(rootFolder, "node_modules/.bin/oxlint");
  const run = promisify(execFile)(oxlint, ["--config", config, "--format", "json", file], {
    cwd: rootFolder,
  });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const report: Report = JSON.parse(stdout);
  return report.diagnostics.map(({ code }) => code);
}

const refused = test.macro({
  exec: async (t, name: string, code: string) => {
    t.deepEqual(await lint(await openConfiguration(t), join(fixtures, name)), [code]);
  },
  title: (_, name) => `${name} is refused by its rule and no other`,
});

const rules = {
  "explicit-any.ts": "typescript(no-explicit-any)",
  "floating-promise.ts": "typescript(no-floating-promises)",
  "long-file.ts": "eslint(max-lines)",
  "long-function.ts": "eslint(max-lines-per-function)",
  "non-null.ts": "typescript(no-non-null-assertion)",
};

for (const [name, code] of Object.entries(rules)) test(refused, name, code);

test("every bad file of the fixtures is tried", async (t) => {
  t.deepEqual((await readdir(fixtures)).sort(), Object.keys(rules));
});
