import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keepReport, linesOf, sumOf, type Told } from "./parts/report.ts";
import type { Claim, Profile, Proof, ProofSetting } from "./proof.ts";

/**
 * `npm run prove:mesh|prove:checkout [-- name …] [--profile quick|full] [--seed number] [--orders number]`: runs proofs one
 * after another. What each came to in full is kept under docs/proofs.
 */
const { positionals, values } = readArguments();
const folders: Readonly<Record<string, string>> = { mesh: ".", checkout: "checkout" };
const proofs = await loadProofs();
if (values.list) for (const { name, title } of proofs) print(`${name.padEnd(12)}  ${title}`);
else process.exitCode = await prove(chosen(positionals), readChoices());

type Choices = Omit<ProofSetting, "say">;

async function prove(some: readonly Proof[], choices: Choices): Promise<number> {
  const { profile, seed } = choices;
  print(`seed ${seed}, profile ${profile}: ${some.map(({ name }) => name).join(", ")}`);
  const told: Told[] = [];
  for (const proof of some) {
    const startedMs = performance.now();
    const claims = await claimsOf(proof, choices);
    const one = { proof, claims, minutes: ((performance.now() - startedMs) / 60_000).toFixed(1) };
    told.push(one);
    // At once: whatever stops a later one, this one was seen.
    if (profile === "full") print(`kept in ${keepReport(values.about, one, choices)}`);
  }
  for (const line of told.flatMap((one) => ["", ...linesOf(one)])) print(line);
  const claims = told.flatMap((one) => one.claims);
  print(`\n${sumOf(claims, choices)}`);
  return claims.length > 0 && claims.every(({ holds }) => holds) ? 0 : 1;
}

/** What a proof claims; one that breaks off, or claims nothing, does not hold. */
async function claimsOf(proof: Proof, choices: Choices): Promise<readonly Claim[]> {
  const startedMs = performance.now();
  const say = (line: string): void =>
    print(`${((performance.now() - startedMs) / 1_000).toFixed(1).padStart(7)} s  ${proof.name.padEnd(10)}  ${line}`);
  try {
    const claims = await proof.run({ say, ...choices });
    return claims.length > 0 ? claims : [{ claim: "it claims something", measured: "nothing", holds: false }];
  } catch (error) {
    const measured = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ claim: "it runs to its end", measured, holds: false }];
  }
}

/** Each file of the folder but the runner and its types is a proof; what one needs besides lies in a folder. */
async function loadProofs(): Promise<readonly Proof[]> {
  const name =
    folders[values.about] ?? stop(`no proofs about "${values.about}"; there are: ${Object.keys(folders).join(", ")}`);
  const folder = join(import.meta.dirname, name);
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const own = files.filter((file) => file !== "index.ts" && file !== "proof.ts").sort();
  return Promise.all(own.map(async (file) => ((await import(join(folder, file))) as { readonly proof: Proof }).proof));
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        about: { type: "string", default: "mesh" },
        profile: { type: "string", default: "quick" },
        seed: { type: "string" },
        orders: { type: "string" },
        list: { type: "boolean" },
      },
    });
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
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

function readChoices(): Choices {
  const { orders } = values;
  const chosen = { profile: parseProfile(values.profile), seed: parseSeed(values.seed) };
  if (orders === undefined) return chosen;
  const count = Number(orders);
  return Number.isSafeInteger(count) && count > 0
    ? { ...chosen, orders: count }
    : stop(`no number of orders: "${orders}"`);
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
