import { openBundle } from "./bundle.ts";
import type * as runner from "./run.ts";
import { sources } from "./sources.ts";

/**
 * One process of the mesh: `node process/main.ts order,cart`, told by its environment where everything is. It runs the
 * bundle (docs/decisions/0055) while that is what the sources are, else the sources.
 */
const names = (process.argv[2] ?? "").split(",").filter((name) => name !== "");
if (names.length === 0) {
  process.stderr.write("which services? node process/main.ts <name>[,<name>…]\n");
  process.exit(1);
}
const bundle = openBundle(names, (problem) => process.stderr.write(`${names.join("+")}: ${problem}\n`));
const { run } = (await import(bundle?.run ?? "./run.ts")) as typeof runner;
await run(names, bundle?.modules ?? sources);
