import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeProgram, root } from "./paths.ts";

const seedProgram = join(root, "dev", "src", "seed.ts");
const seedFolder = join(root, "dev", "seed");

/** An account of the seed, for the table and for `npm run token`. */
export type SignIn = {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  readonly roles: readonly string[];
};

export type Seeding = {
  readonly outcome: "seeded" | "kept" | "failed" | "none";
  readonly elapsedMs: number;
};

/**
 * Fills the mesh with the seed's shop, once: the marker, kept beside the data that it speaks of, spares the next start
 * the work until the seed itself changes.
 */
export async function seedMesh(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  databaseUrl: string | undefined,
): Promise<Seeding> {
  const startedAt = Date.now();
  if (!existsSync(seedProgram)) return { outcome: "none", elapsedMs: 0 };
  const marker = markerOf(folder, databaseUrl);
  const hash = seedHash();
  if (existsSync(marker) && readFileSync(marker, "utf8") === hash) return { outcome: "kept", elapsedMs: 0 };
  const code = await runSeed(environment);
  if (code === 0) writeFileSync(marker, hash);
  return { outcome: code === 0 ? "seeded" : "failed", elapsedMs: Date.now() - startedAt };
}

/** The accounts that the seed makes; none where the checkout has no seed. */
export async function seedAccounts(): Promise<readonly SignIn[]> {
  const file = join(seedFolder, "people.ts");
  if (!existsSync(file)) return [];
  const { accounts } = (await import(pathToFileURL(file).href)) as {
    readonly accounts: readonly SignIn[];
  };
  return accounts;
}

// What the seed says goes to the error stream: the standard one belongs to the table.
function runSeed(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(nodeProgram, [seedProgram], {
      cwd: root,
      env: { ...environment },
      stdio: ["ignore", 2, 2],
    });
    const end = (): void => void child.kill();
    process.once("exit", end);
    child.once("error", reject);
    child.once("exit", (code) => {
      process.off("exit", end);
      resolve(code ?? 1);
    });
  });
}

function markerOf(folder: string, databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return join(folder, "mariadb", "seeded");
  return join(folder, `seeded-${createHash("sha256").update(databaseUrl).digest("hex").slice(0, 16)}`);
}

function seedHash(): string {
  const hash = createHash("sha256");
  const files = existsSync(seedFolder)
    ? readdirSync(seedFolder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [];
  for (const file of [seedProgram, ...files]) hash.update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}
