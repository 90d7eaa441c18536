import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeProgram, root } from "../../dev/src/paths.ts";
import type { StartMeshOptions, TestMesh } from "../../dev/src/testing.ts";

const run = promisify(execFile);
const WORKSPACES = "@shopmesh";
/** Workspaces that npm may give packages of their own. */
const nestedWorkspaces = ["mesh", "gateway"] as const;

/** The program of an older commit of this repository, ready to run. */
export type OlderTree = { readonly folder: string };

/** Lays the tree of `commit` into `folder`. Throws, with what to do, where this clone has not its history. */
export async function layOlderTree(commit: string, folder: string): Promise<OlderTree> {
  const isThere = await run("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: root }).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    throw new Error(
      `this clone has no commit ${commit}: make it a whole one by git fetch --unshallow, and run this again`,
    );
  }
  mkdirSync(folder, { recursive: true });
  // No worktree: nothing of it stays in the clone, however this ends.
  const archive = join(folder, "..", "older.tar");
  await run("git", ["archive", "--output", archive, commit], { cwd: root });
  await run("tar", ["-xf", archive, "-C", folder]);
  const generate = (...options: readonly string[]) =>
    run(process.execPath, [join(folder, "dev", "run.mjs"), "gen", ...options], { cwd: folder });
  lendModules(folder);
  await generate("--no-install").catch(async () => {
    // Its lock names packages that this clone has not, or not so: it gets its own.
    giveBackModules(folder);
    await generate();
  });
  return { folder };
}

/** Removes what was lent; what the links lead to stays. */
function giveBackModules(folder: string): void {
  for (const workspace of ["", ...nestedWorkspaces]) {
    rmSync(join(folder, workspace, "node_modules"), { recursive: true, force: true });
  }
}

/** This clone's packages serve the older tree as far as its lock allows; its workspaces are its own. */
function lendModules(folder: string): void {
  const [own, lent] = [join(folder, "node_modules"), join(root, "node_modules")];
  mkdirSync(own);
  for (const name of readdirSync(lent).filter((entry) => entry !== WORKSPACES)) {
    symlinkSync(join(lent, name), join(own, name));
  }
  // Its links are relative: here they lead to the older workspaces.
  cpSync(join(lent, WORKSPACES), join(own, WORKSPACES), { recursive: true, verbatimSymlinks: true });
  for (const workspace of nestedWorkspaces) {
    const nested = join(root, workspace, "node_modules");
    if (existsSync(nested)) symlinkSync(nested, join(folder, workspace, "node_modules"));
  }
}

/** Which tree the processes of a mesh run: the older one first, this one after `upgrade`. */
export type Upgrade = {
  readonly commandOf: NonNullable<StartMeshOptions["commandOf"]>;
  /** Kills every process; each comes back as this tree's, on the same databases. */
  upgrade(mesh: TestMesh): Promise<void>;
};

/** Lets a mesh begin with `older`. */
export function beginWith({ folder }: OlderTree, pointer: string): Upgrade {
  writeFileSync(pointer, folder);
  return {
    commandOf: ({ services }) => [
      "/bin/sh",
      "-c",
      `exec "$0" "$(cat "$1")/process/main.ts" "$2"`,
      nodeProgram,
      pointer,
      services.join(","),
    ],
    async upgrade(mesh) {
      writeFileSync(pointer, root);
      const names = mesh.processes.map(({ name }) => name);
      await Promise.all(names.map((name) => mesh.kill(name)));
      await Promise.all(names.map((name) => mesh.restarted(name)));
    },
  };
}

/** Fills a mesh by the older tree's own seed. */
export async function seedBy({ folder }: OlderTree, { env }: TestMesh): Promise<void> {
  await run(nodeProgram, [join(folder, "dev", "src", "seed.ts")], { cwd: folder, env: { ...env } });
}
