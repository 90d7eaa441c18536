import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServiceDefinition } from "@shopmesh/mesh";
import { parse } from "yaml";
import { loadService } from "../../../../process/services.ts";
import { sources } from "../../../../process/sources.ts";
import { existingServices } from "../../topology.ts";
import { type Compose, interpolated, parseCompose } from "./compose.ts";
import { parseDockerfile, readDockerignore, type Stage } from "./dockerfile.ts";

/** Everything that the rules look at. */
export type Deployment = {
  readonly root: string;
  /** As it is written. */
  readonly compose: Compose;
  /** As Compose reads it with the variables that deploy/make-env.sh makes. */
  readonly resolved: Compose;
  /** What deploy/make-env.sh makes. */
  readonly made: Readonly<Record<string, string>>;
  readonly definitions: ReadonlyMap<string, ServiceDefinition>;
  readonly stages: readonly Stage[];
  readonly isIgnored: (path: string) => boolean;
  /** What MariaDB allows. */
  readonly maxConnections: number;
  /** The names that Prometheus asks for. */
  readonly scraped: readonly string[];
};

/** The deployment of the checkout at `root`. */
export async function readDeployment(root: string): Promise<Deployment> {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const made = makeEnvironment(root);
  const compose = parseCompose(read("docker-compose.yml"));
  const definitions = await Promise.all(
    existingServices(root).map(async (name) => [name, await loadService(name, sources)] as const),
  );
  return {
    root,
    ...composed(compose, made),
    made,
    definitions: new Map(definitions),
    stages: parseDockerfile(read("deploy/Dockerfile")),
    isIgnored: readDockerignore(read(".dockerignore")),
    maxConnections: Number(/^max-connections\s*=\s*(\d+)/m.exec(read("deploy/mariadb/mariadb.cnf"))?.[1] ?? 151),
    scraped: scrapedNames(read("deploy/prometheus/prometheus.yml")),
  };
}

/** A compose file and what becomes of it. */
export function composed(
  compose: Compose,
  made: Readonly<Record<string, string>>,
): Pick<Deployment, "compose" | "resolved"> {
  return { compose, resolved: interpolated(compose, made) };
}

/** Runs deploy/make-env.sh in a folder of its own: its secrets stay out of the checkout. */
function makeEnvironment(root: string): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-env-"));
  try {
    mkdirSync(join(folder, "deploy"));
    copyFileSync(join(root, "deploy", "make-env.sh"), join(folder, "deploy", "make-env.sh"));
    const { status, stderr } = spawnSync("sh", [join(folder, "deploy", "make-env.sh")], { encoding: "utf8" });
    if (status !== 0) throw new Error(`deploy/make-env.sh ended with exit code ${status}: ${stderr}`);
    const lines = readFileSync(join(folder, ".env"), "utf8").split("\n");
    return Object.fromEntries(
      lines
        .filter((line) => line.includes("="))
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type ScrapeConfiguration = {
  readonly scrape_configs: readonly { readonly dns_sd_configs?: readonly { readonly names: readonly string[] }[] }[];
};

function scrapedNames(text: string): readonly string[] {
  const { scrape_configs: jobs } = parse(text) as ScrapeConfiguration;
  return jobs.flatMap(({ dns_sd_configs: lookups = [] }) => lookups.flatMap(({ names }) => names));
}
