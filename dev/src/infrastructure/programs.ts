import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { findProgram } from "../paths.ts";

/** The programs that a mesh, or its tests, need on this machine. */
export type Programs = {
  readonly mariadbd: string;
  readonly mariadbInstall: string;
  /** What `mariadbInstall` itself calls; Debian keeps it in another package. */
  readonly mariadbDefaults: string;
  readonly nats: string;
  readonly redis: string;
  /** What the tests look at the shop with; no mesh needs it. */
  readonly chromium: string;
  /** What the deployment's configuration is tried with; no mesh needs them. */
  readonly nginx: string;
  readonly prometheus: string;
  readonly promtool: string;
};

export type ProgramName = keyof Programs;

type Source = {
  readonly names: readonly string[];
  readonly label: string;
  readonly apt: string;
  readonly brew: string;
};

export const programSources: Readonly<Record<ProgramName, Source>> = {
  mariadbd: { names: ["mariadbd"], label: "MariaDB", apt: "mariadb-server-core", brew: "mariadb" },
  mariadbInstall: {
    names: ["mariadb-install-db"],
    label: "MariaDB",
    apt: "mariadb-server-core",
    brew: "mariadb",
  },
  mariadbDefaults: {
    names: ["my_print_defaults"],
    label: "MariaDB",
    apt: "mariadb-client-core",
    brew: "mariadb",
  },
  nats: { names: ["nats-server"], label: "NATS", apt: "nats-server", brew: "nats-server" },
  redis: { names: ["redis-server"], label: "Redis", apt: "redis-server", brew: "redis" },
  chromium: { names: ["chromium", "chromium-browser"], label: "Chromium", apt: "chromium", brew: "chromium" },
  nginx: { names: ["nginx"], label: "nginx", apt: "nginx", brew: "nginx" },
  prometheus: { names: ["prometheus"], label: "Prometheus", apt: "prometheus", brew: "prometheus" },
  promtool: { names: ["promtool"], label: "Prometheus", apt: "prometheus", brew: "prometheus" },
};

/** What each program is called here; undefined where it is missing. */
export function findPrograms(): Readonly<Record<ProgramName, string | undefined>> {
  const find = (name: ProgramName): string | undefined => findProgram(programSources[name].names);
  return {
    mariadbd: find("mariadbd"),
    mariadbInstall: find("mariadbInstall"),
    mariadbDefaults: find("mariadbDefaults"),
    nats: find("nats"),
    redis: find("redis"),
    chromium: find("chromium"),
    nginx: find("nginx"),
    prometheus: find("prometheus"),
    promtool: find("promtool"),
  };
}

export type InstallChoice = {
  readonly needed: readonly ProgramName[];
  readonly mayInstall: boolean;
  readonly say: (line: string) => void;
};

/** All programs; the `needed` ones that are missing are installed where that is possible, else an error says how. */
export function requirePrograms({ needed, mayInstall, say }: InstallChoice): Readonly<Record<ProgramName, string>> {
  const missing = needed.filter((name) => findPrograms()[name] === undefined);
  if (missing.length > 0) {
    if (!mayInstall || !isDebianRoot()) throw new Error(missingMessage(missing, mayInstall));
    installWithApt(aptPackages(missing), say);
  }
  const found = findPrograms();
  const still = needed.filter((name) => found[name] === undefined);
  if (still.length > 0) throw new Error(missingMessage(still, mayInstall));
  return Object.fromEntries(Object.entries(found).map(([name, path]) => [name, path ?? ""])) as Record<
    ProgramName,
    string
  >;
}

/** What to do about missing programs, for a person on any system. */
export function missingMessage(missing: readonly ProgramName[], mayInstall: boolean): string {
  const sources = missing.map((name) => programSources[name]);
  const unique = (values: readonly string[]): string => [...new Set(values)].join(" ");
  return [
    `missing on this machine: ${unique(sources.map(({ label }) => label)).replaceAll(" ", ", ")} (${sources.map(({ names }) => names[0]).join(", ")})`,
    ...(mayInstall ? [] : ["--no-install was given, so nothing was installed"]),
    "choose one:",
    `  Debian, Ubuntu   sudo apt-get install --no-install-recommends ${unique(aptPackages(missing))}`,
    `  macOS            brew install ${unique(sources.map(({ brew }) => brew))}`,
    "  Docker Compose   docker compose -f deploy/databases.yml up -d, then the URLs that it names",
    "  Windows          the same inside WSL (Debian or Ubuntu)",
    "  your own servers DATABASE_URL=mysql://… NATS_URL=nats://… REDIS_URL=redis://… npm start",
  ].join("\n");
}

/** The Debian packages that hold the missing programs. */
export function aptPackages(missing: readonly ProgramName[]): readonly string[] {
  return [...new Set(missing.map((name) => programSources[name].apt))];
}

function isDebianRoot(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && findProgram(["apt-get"]) !== undefined;
}

function installWithApt(packages: readonly string[], say: (line: string) => void): void {
  say(`installing from Debian: ${packages.join(" ")} (their system services stay off; --no-install refuses this)`);
  withServicesOff(() => {
    apt(["update", "-qq"]);
    apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
  });
}

function apt(args: readonly string[]): void {
  const { status } = spawnSync("apt-get", args, {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (status !== 0) throw new Error(`apt-get ${args.join(" ")} ended with exit code ${status}; its message is above`);
}

/** While Debian installs a server this file keeps it from starting one of its own. The machine's own is left alone. */
function withServicesOff(work: () => void): void {
  const policy = "/usr/sbin/policy-rc.d";
  const text = "#!/bin/sh\n# Made by Shopmesh while it installs packages; safe to remove.\nexit 101\n";
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, text, { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours && readFileSync(policy, "utf8") === text) rmSync(policy);
  }
}
