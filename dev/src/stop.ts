import { stateFolder } from "./paths.ts";
import { endProcess, type ProcessIdentity } from "./processes.ts";
import { cleanUp, runningLauncher, stateFile } from "./state.ts";

const launcherStopMs = 60_000;

/** `npm run stop`: ends this clone's mesh from another terminal, and what a killed launcher left behind. */
export async function main(): Promise<number> {
  const stopped = await stopMesh(stateFolder);
  process.stdout.write(stopped.length === 0 ? "nothing was running\n" : `stopped: ${stopped.join(", ")}\n`);
  return 0;
}

/** Ends the mesh of a folder; the names of what was ended. */
export async function stopMesh(folder: string): Promise<readonly string[]> {
  const launcher: ProcessIdentity | undefined = runningLauncher(stateFile(folder).read());
  const names =
    stateFile(folder)
      .read()
      ?.processes.map(({ name }) => name) ?? [];
  if (launcher === undefined) return cleanUp(folder);
  await endProcess(launcher, launcherStopMs);
  await cleanUp(folder);
  return [...names, "launcher"];
}
