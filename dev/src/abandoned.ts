import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "./paths.ts";
import { cleanUp, runningLauncher, stateFile } from "./state.ts";

/** Ends and removes what earlier runs of tests or proofs left that were killed. */
export async function removeAbandoned(): Promise<void> {
  if (!existsSync(stateFolder)) return;
  for (const name of readdirSync(stateFolder).filter((entry) => /^test-\d+$/.test(entry))) {
    const folder = join(stateFolder, name);
    if (runningLauncher(stateFile(folder).read())) continue;
    await cleanUpBelow(folder);
    const left = await cleanUp(folder);
    if (left.length > 0)
      process.stderr.write(`shopmesh: ended what an earlier test run had left behind: ${left.join(", ")}\n`);
    if (!hasRunning(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends the meshes in a run's folder whose process is dead. */
export async function cleanUpBelow(folder: string): Promise<void> {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith("mesh-")))
    await cleanUp(join(folder, name));
}

// A test file that was started by hand keeps its mesh in such a folder too.
function hasRunning(folder: string): boolean {
  return readdirSync(folder).some((name) => runningLauncher(stateFile(join(folder, name)).read()) !== undefined);
}
