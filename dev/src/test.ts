import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cleanUpBelow, removeAbandoned } from "./abandoned.ts";
import { createDataDirectory } from "./infrastructure/mariadb.ts";
import { requirePrograms } from "./infrastructure/programs.ts";
import { mariadbPrograms, startInfrastructure, type Infrastructure } from "./infrastructure/start.ts";
import { nodeProgram, root, stateFolder } from "./paths.ts";
import { killGroup } from "./processes.ts";
import { becomeLauncher, resignLauncher } from "./state.ts";
import { seconds } from "./table.ts";
import { tapReader, type TestCounts } from "./tap.ts";

const longestRunMs = 40 * 60_000;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Phase = { readonly name: string; readonly elapsedMs: number };
type Outcome = { readonly counts: TestCounts; readonly failures: readonly string[]; readonly exitCode: number };

/** `npm test [-- ava's arguments]`: the whole suite on databases of its own. Ends with "N passed, N failed" on a line alone. */
export async function main(args: readonly string[]): Promise<number> {
  const folder = join(stateFolder, `test-${process.pid}`);
  const phases: Phase[] = [{ name: "set-up", elapsedMs: Math.round(process.uptime() * 1000) }];
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const startedAt = Date.now();
    const result = await work;
    phases.push({ name, elapsedMs: Date.now() - startedAt });
    return result;
  };
  await removeAbandoned();
  await becomeLauncher(folder, "test");
  let outcome: Outcome = { counts: { passed: 0, failed: 1, skipped: 0 }, failures: [], exitCode: 1 };
  try {
    const infrastructure = await timed("databases", startDatabases(folder, !args.includes("--no-install")));
    try {
      outcome = await timed("tests", runAva(args, folder, infrastructure));
    } finally {
      await timed("stop", stopAll(folder, infrastructure));
    }
  } finally {
    resignLauncher(folder);
    if (outcome.counts.failed === 0) rmSync(folder, { recursive: true, force: true });
  }
  return report(outcome, phases, folder);
}

function report({ counts, failures, exitCode }: Outcome, phases: readonly Phase[], folder: string): number {
  // A run that ends badly has failed, whatever was counted.
  const failed = Math.max(counts.failed, exitCode === 0 && counts.passed > 0 ? 0 : 1);
  const skipped = counts.skipped > 0 ? ` · ${counts.skipped} skipped` : "";
  const durations = phases.map(({ name, elapsedMs }) => `${name} ${seconds(elapsedMs)}`).join(" · ");
  process.stdout.write(
    `\n${failures.map((title) => `✘ ${title}\n`).join("")}${durations} · total ${seconds(process.uptime() * 1000)}${skipped}\n`,
  );
  if (existsSync(join(folder, "logs"))) process.stdout.write(`logs: ${folder}\n`);
  process.stdout.write(`${counts.passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

async function startDatabases(folder: string, mayInstall: boolean): Promise<Infrastructure> {
  const say = (line: string): void => void process.stderr.write(`shopmesh: ${line}\n`);
  const programs = requirePrograms({
    needed: [
      ...mariadbPrograms,
      "nats",
      "redis",
      "nginx",
      "prometheus",
      ...(process.env["CHROMIUM"] ? [] : (["chromium"] as const)),
    ],
    mayInstall,
    say,
  });
  // Before the tests, so that meshes that start side by side only copy it.
  await createDataDirectory(programs, join(stateFolder, "template", "mariadb"));
  return startInfrastructure({ folder, ports: "free", throwaway: true, mayInstall, say });
}

async function runAva(
  args: readonly string[],
  folder: string,
  { databaseUrl, natsUrl, redisUrl }: Infrastructure,
): Promise<Outcome> {
  const ava = join(root, "node_modules", "ava", "entrypoints", "cli.js");
  const own = args.filter((arg) => arg !== "--no-install");
  const child = spawn(nodeProgram, [ava, "--tap", ...own], {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      NATS_URL: natsUrl,
      REDIS_URL: redisUrl,
      TEST: "1",
      TEST_FOLDER: folder,
      NODE_COMPILE_CACHE: join(stateFolder, "compile-cache"),
    },
  });
  const end = (): void => void (child.pid && killGroup(child.pid));
  const timer = setTimeout(end, longestRunMs);
  for (const signal of signals) process.once(signal, end);
  const reader = tapReader((line) => process.stdout.write(`${line}\n`));
  createInterface({ input: child.stdout }).on("line", reader.read);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
  clearTimeout(timer);
  for (const signal of signals) process.off(signal, end);
  return { counts: reader.counts(), failures: reader.failures(), exitCode };
}

/** Stops the databases of the run and what a killed test file left running. */
async function stopAll(folder: string, infrastructure: Infrastructure): Promise<void> {
  await cleanUpBelow(folder);
  await infrastructure.stop();
}
