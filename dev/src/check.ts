import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.ts";
import { alignColumns, seconds } from "./table.ts";

type Check = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What to do about a failure. */
  readonly fix: string;
  /** Why there is nothing to check; undefined where there is. */
  readonly skip?: () => string | undefined;
};

type Result = {
  readonly check: Check;
  readonly outcome: "ok" | "failed" | "skipped";
  readonly detail: string;
  readonly elapsedMs: number;
};

const atOnce = 2;
const sources = ["kernel", "mesh", "services", "gateway", "process", "sandbox", "dev", "e2e"];

/** Everything that must hold before a commit; each line is a command that can be run by itself. */
const checks: readonly Check[] = [
  { name: "types", command: ["tsc", "--noEmit", "-p", "."], fix: "follow the compiler" },
  { name: "types of web", command: ["tsc", "--noEmit", "-p", "web"], fix: "follow the compiler" },
  { name: "lint", command: ["oxlint"], fix: "npx oxlint --fix mends some" },
  {
    name: "format",
    command: ["biome", "format", "--reporter=summary", "."],
    fix: "npm run format",
  },
  {
    name: "imports",
    command: ["depcruise", "--config", ".dependency-cruiser.cjs", ...sources],
    fix: "ARCHITECTURE: rules of import",
  },
  {
    name: "contract rules",
    command: ["node", "dev/src/check/contracts.ts"],
    fix: "docs/adding-a-service.md",
  },
  {
    name: "rules",
    command: ["node", "dev/src/check/rules.ts"],
    fix: "docs/rules.md names each test by its title",
  },
  {
    name: "deployment",
    command: ["node", "dev/src/check/deployment.ts"],
    fix: "docs/runbook.md, Deploying",
  },
  { name: "buf lint", command: ["buf", "lint"], fix: "follow the rule's name on buf.build" },
  { name: "buf format", command: ["buf", "format", "-d", "--exit-code"], fix: "npx buf format -w" },
  {
    name: "buf breaking",
    command: ["buf", "breaking", "--against", ".git#branch=main"],
    fix: "add, never rename or renumber; or a v2 package",
    skip: noPredecessor,
  },
];

/** `npm run check [-- name …]`: all checks, or those whose names begin so. */
export async function main(args: readonly string[]): Promise<number> {
  const chosen = checks.filter(({ name }) => args.length === 0 || args.some((arg) => name.startsWith(arg)));
  if (chosen.length === 0) throw new Error(`no such check; there are: ${checks.map(({ name }) => name).join(", ")}`);
  const results: Result[] = [];
  const queue = [...chosen];
  const work = async (): Promise<void> => {
    for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
      const result = await runCheck(check);
      results.push(result);
      process.stdout.write(render(result));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const failed = results.filter(({ outcome }) => outcome === "failed");
  if (failed.length > 0) {
    process.stdout.write(
      `\nfailed\n${alignColumns(failed.map(({ check }) => [`  ${check.name}`, `npx ${check.command.join(" ")}`, check.fix]))}\n`,
    );
  }
  process.stdout.write(`\n${results.length - failed.length} of ${results.length} checks hold\n`);
  return failed.length === 0 ? 0 : 1;
}

async function runCheck(check: Check): Promise<Result> {
  const startedAt = Date.now();
  const why = check.skip?.();
  if (why !== undefined) return { check, outcome: "skipped", detail: why, elapsedMs: 0 };
  const [program, ...args] = check.command;
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      output.push(Buffer.from(error.message));
      resolve(1);
    });
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  });
  const detail = Buffer.concat(output).toString("utf8").trim();
  return {
    check,
    outcome: code === 0 ? "ok" : "failed",
    detail,
    elapsedMs: Date.now() - startedAt,
  };
}

function render({ check, outcome, detail, elapsedMs }: Result): string {
  const sign = { ok: "✔", failed: "✘", skipped: "-" }[outcome];
  const line = `${sign} ${check.name.padEnd(14)} ${seconds(elapsedMs)}`;
  if (outcome === "ok") return `${line}\n`;
  return outcome === "skipped" ? `${line}  ${detail}\n` : `${line}\n${detail.replaceAll(/^/gm, "    ")}\n`;
}

function noPredecessor(): string | undefined {
  if (!existsSync(join(root, ".git"))) return "not a git checkout";
  const has = (name: string): boolean =>
    spawnSync("git", ["cat-file", "-e", name], { cwd: root, stdio: "ignore" }).status === 0;
  if (!has("main")) return "no branch main here";
  return has("main:proto") ? undefined : "branch main has no contracts yet";
}
