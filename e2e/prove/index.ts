import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Claim, Profile, Proof } from "./proof.ts";

/** `npm run prove:mesh [-- name …] [--profile quick|full] [--seed number]`: runs proofs one after another. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { profile: { type: "string", default: "quick" }, seed: { type: "string" }, list: { type: "boolean" } },
});
const proofs = await loadProofs();
if (values.list) for (const { name, title } of proofs) print(`${name.padEnd(12)}  ${title}`);
else process.exitCode = await prove(chosen(positionals), parseProfile(values.profile), parseSeed(values.seed));

async function prove(some: readonly Proof[], profile: Profile, seed: number): Promise<number> {
  print(`seed ${seed}, profile ${profile}: ${some.map(({ name }) => name).join(", ")}`);
  const told: { readonly proof: Proof; readonly claims: readonly Claim[]; readonly minutes: string }[] = [];
  for (const proof of some) {
    const startedMs = performance.now();
    const claims = await claimsOf(proof, profile, seed);
    told.push({ proof, claims, minutes: ((performance.now() - startedMs) / 60_000).toFixed(1) });
  }
  for (const { proof, claims, minutes } of told) {
    print(`\n${proof.name}: ${proof.title} (${minutes} min)`);
    const widest = Math.max(...claims.map(({ claim }) => claim.length));
    for (const { claim, measured, holds } of claims)
      print(`  ${holds ? "holds" : "FAILS"}  ${claim.padEnd(widest)}  ${measured}`);
  }
  const failed = told.flatMap(({ claims }) => claims).filter(({ holds }) => !holds).length;
  const count = told.flatMap(({ claims }) => claims).length;
  print(`\n${count - failed} of ${count} claims hold (seed ${seed}, profile ${profile})`);
  return failed === 0 && count > 0 ? 0 : 1;
}

/** What a proof claims; one that breaks off, or claims nothing, does not hold. */
async function claimsOf(proof: Proof, profile: Profile, seed: number): Promise<readonly Claim[]> {
  const startedMs = performance.now();
  const say = (line: string): void =>
    print(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s  ${proof.name.padEnd(10)}  ${line}`);
  try {
    const claims = await proof.run({ say, profile, seed });
    return claims.length > 0 ? claims : [{ claim: "it claims something", measured: "nothing", holds: false }];
  } catch (error) {
    const measured = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ claim: "it runs to its end", measured, holds: false }];
  }
}

/** Each file of this folder but the runner and its types is a proof; what one needs besides lies in a folder. */
async function loadProofs(): Promise<readonly Proof[]> {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts"));
  const own = files.filter((file) => file !== "index.ts" && file !== "proof.ts").sort();
  return Promise.all(own.map(async (file) => ((await import(`./${file}`)) as { readonly proof: Proof }).proof));
}

function chosen(names: readonly string[]): readonly Proof[] {
  if (names.length === 0) return proofs;
  return names.map((name) => {
    const found = proofs.find((proof) => proof.name === name);
    if (found === undefined) stop(`no proof "${name}"; there are: ${proofs.map((proof) => proof.name).join(", ")}`);
    return found;
  });
}

function parseProfile(text: string): Profile {
  if (text === "quick" || text === "full") return text;
  return stop(`no profile "${text}"; there are: quick, full`);
}

function parseSeed(text: string | undefined): number {
  const seed = text === undefined ? Math.trunc(Math.random() * 1_000_000) : Number(text);
  return Number.isSafeInteger(seed) && seed >= 0 ? seed : stop(`a seed is a whole number, not "${text}"`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stop(why: string): never {
  process.stderr.write(`shopmesh: ${why}\n`);
  process.exit(2);
}
