import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Lock, pinsIn, withWorkspace } from "./new-service/lock.ts";
import { namesOf, refusalOf } from "./new-service/names.ts";
import { planFiles, report } from "./new-service/plan.ts";
import { root } from "./paths.ts";

/** `npm run new-service -- wishlist`: a small but whole service, answered at the gateway as soon as the mesh starts. */
export async function main(args: readonly string[]): Promise<number> {
  const [noun = "", ...rest] = args;
  const refusal = rest.length > 0 ? "one name, please: npm run new-service -- wishlist" : refusalOf(noun, existing());
  if (refusal !== undefined) throw new Error(refusal);
  const names = namesOf(noun);
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
  const files = planFiles(names, pinsIn(lock));
  for (const [path, text] of files) write(path, text);
  write("package-lock.json", `${JSON.stringify(withWorkspace(lock, names), undefined, 2)}\n`);
  link(noun);
  format(noun);
  process.stdout.write(report(names, [...files.keys(), "package-lock.json"]));
  return 0;
}

/** The names that services and packages have, whether or not they are complete. */
function existing(): readonly string[] {
  return [join(root, "services"), join(root, "proto", "shop")]
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder));
}

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** What npm would do for the workspace: so nothing has to be installed anew. */
function link(noun: string): void {
  const path = join(root, "node_modules", "@shopmesh", noun);
  if (!existsSync(path)) symlinkSync(join("..", "..", "services", noun), path);
}

/** How lines break depends on how long the name is: the formatters know. */
function format(noun: string): void {
  run("biome", ["format", "--write", "--log-level=error", join("services", noun)]);
  run("buf", ["format", "-w", "--path", join("proto", "shop", noun)]);
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
}
