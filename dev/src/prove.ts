import { spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cleanUpBelow, removeAbandoned } from "./abandoned.ts";
import { requireServers } from "./infrastructure/start.ts";
import { nodeProgram, root, stateFolder } from "./paths.ts";
import { becomeLauncher, resignLauncher } from "./state.ts";

/** So long at most; then whatever it started is ended. */
const longestRunMs = { quick: 20 * 60_000, full: 180 * 60_000 } as const;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * `npm run prove:mesh|prove:checkout [-- name …] [--profile quick|full] [--seed number] [--orders number] [--list]
 * [--no-install]`: shows by force what the mesh, and the checkout, promise (e2e/prove). Whatever ends it, no process of its meshes is left.
 */
export async function main(args: readonly string[]): Promise<number> {
  const folder = join(stateFolder, `test-${process.pid}`);
  const mayInstall = !args.includes("--no-install");
  requireServers({ mayInstall, say: (line) => process.stderr.write(`shopmesh: ${line}\n`) });
  await removeAbandoned();
  await becomeLauncher(folder, "prove");
  try {
    const exitCode = await runProofs(
      args.filter((arg) => arg !== "--no-install"),
      folder,
    );
    await cleanUpBelow(folder);
    const logged = readdirSync(folder).some((name) => name.startsWith("mesh-"));
    if (exitCode !== 0 && logged) process.stdout.write(`logs: ${folder}\n`);
    else rmSync(folder, { recursive: true, force: true });
    return exitCode;
  } finally {
    resignLauncher(folder);
  }
}

function runProofs(args: readonly string[], folder: string): Promise<number> {
  const child = spawn(nodeProgram, [join(root, "e2e", "prove", "index.ts"), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TEST_FOLDER: folder, NODE_COMPILE_CACHE: join(stateFolder, "compile-cache") },
  });
  const end = (): void => void child.kill("SIGKILL");
  for (const signal of signals) process.once(signal, end);
  setTimeout(end, longestRunMs[args.includes("full") ? "full" : "quick"]).unref();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
