import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join, relative } from "node:path";
import { root } from "../../../dev/src/paths.ts";
import type { Claim, Proof, ProofSetting } from "../proof.ts";

/** What one proof came to. */
export type Told = { readonly proof: Proof; readonly claims: readonly Claim[]; readonly minutes: string };

/** "27 of 27 claims hold (seed 11, profile quick)". */
export function sumOf(claims: readonly Claim[], { seed, profile }: Pick<ProofSetting, "seed" | "profile">): string {
  return `${claims.filter(({ holds }) => holds).length} of ${claims.length} claims hold (seed ${seed}, profile ${profile})`;
}

/** A proof for people: its title, then a line for each of its claims. */
export function linesOf({ proof, claims, minutes }: Told): readonly string[] {
  const widest = Math.max(...claims.map(({ claim }) => claim.length));
  return [
    `${proof.name}: ${proof.title} (${minutes} min)`,
    ...claims.map(
      ({ claim, measured, holds }) => `  ${holds ? "holds" : "FAILS"}  ${claim.padEnd(widest)}  ${measured}`,
    ),
  ];
}

/** Keeps what a full proof came to as docs/proofs/<about>-<proof>.md, so that one run again changes no other; that path. */
export function keepReport(about: string, told: Told, setting: Omit<ProofSetting, "say">): string {
  const folder = join(root, "docs", "proofs");
  const file = join(folder, `${about}-${told.proof.name}.md`);
  const { seed, orders } = setting;
  const command = `npm run prove:${about} -- ${told.proof.name} --profile full --seed ${seed}`;
  const machine = `${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.version}`;
  const text = [
    `# What \`prove:${about} -- ${told.proof.name}\` came to`,
    "```",
    orders === undefined ? command : `${command} --orders ${orders}`,
    `${new Date().toISOString().slice(0, 10)}, commit ${commitHere()}, ${machine}`,
    sumOf(told.claims, setting),
    "",
    ...linesOf(told),
    "```",
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, `${text.join("\n")}\n`);
  return relative(root, file);
}

/** "55db938"; with a "+" where files differ from it. */
function commitHere(): string {
  const ask = (...words: readonly string[]) => execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
  try {
    const isChanged = ask("status", "--porcelain", "--untracked-files=no") !== "";
    return `${ask("rev-parse", "--short", "HEAD")}${isChanged ? "+" : ""}`;
  } catch {
    // Unpacked from an archive.
    return "unknown";
  }
}
