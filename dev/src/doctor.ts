import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { aptPackages, findPrograms, programSources, type ProgramName } from "./infrastructure/programs.ts";
import { preferredServerPorts } from "./infrastructure/start.ts";
import { root, stateFolder } from "./paths.ts";
import { isFree } from "./ports.ts";
import { isRunning, memoryBytesOf } from "./processes.ts";
import { leftovers, runningLauncher, stateFile, type MeshState } from "./state.ts";
import { alignColumns, megabytes } from "./table.ts";

type Finding = {
  readonly what: string;
  readonly found: string;
  readonly problem?: string;
  readonly fix?: string;
};

const leastDiskBytes = 2e9;
const leastMemoryBytes = 2e9;

/** `npm run doctor`: what is here, what runs, what is wrong and how to mend it. 1 when something is. */
export async function main(): Promise<number> {
  const state = stateFile(stateFolder).read();
  const findings = [...versions(), ...programs(), ...machine(), ...(await ports(state)), ...running(state)];
  process.stdout.write(
    `${alignColumns(findings.map(({ what, found, problem }) => [problem ? "✘" : "✔", what, found]))}\n`,
  );
  const problems = findings.filter(({ problem }) => problem !== undefined);
  if (problems.length === 0) process.stdout.write("\nnothing is wrong\n");
  else
    process.stdout.write(
      `\n${problems.map(({ what, problem, fix }) => `${what}: ${problem}\n  → ${fix}`).join("\n")}\n`,
    );
  return problems.length === 0 ? 0 : 1;
}

function versions(): readonly Finding[] {
  const git = versionOf("git", ["--version"]);
  return [
    { what: "node", found: `${process.version} (pinned)` },
    {
      what: "git",
      found: git ?? "missing",
      ...(git
        ? {}
        : {
            problem: "git is missing",
            fix: "install git: npm run check compares contracts with it",
          }),
    },
    existsSync(join(root, "gen", "src"))
      ? { what: "contracts", found: "generated" }
      : {
          what: "contracts",
          found: "missing",
          problem: "the generated contracts are missing",
          fix: "npm run gen",
        },
  ];
}

function programs(): readonly Finding[] {
  // What may stand in for a program; the tests' own have nothing.
  const variables: Readonly<Partial<Record<ProgramName, string>>> = {
    mariadbd: "DATABASE_URL",
    mariadbInstall: "DATABASE_URL",
    mariadbDefaults: "DATABASE_URL",
    nats: "NATS_URL",
    redis: "REDIS_URL",
    chromium: "CHROMIUM",
  };
  return Object.entries(findPrograms()).map(([key, path]) => {
    // The keys of that record are program names.
    const name = key as ProgramName;
    const what = programSources[name].names[0] ?? name;
    const variable = variables[name];
    if (variable !== undefined && process.env[variable]) return { what, found: `not needed: ${variable} is set` };
    if (path) return { what, found: `${path} ${versionOf(path, ["--version"]) ?? ""}`.trim() };
    const packages = aptPackages([name]).join(" ");
    const fix = `apt-get install ${packages}, brew install ${programSources[name].brew}${variable === undefined ? "" : `, or set ${variable}`}`;
    return {
      what,
      found: "missing",
      problem: `${programSources[name].label} is not installed`,
      fix,
    };
  });
}

function machine(): readonly Finding[] {
  const { bavail, bsize } = statfsSync(root);
  const freeBytes = bavail * bsize;
  return [
    {
      what: "disk",
      found: `${megabytes(freeBytes)} free`,
      ...(freeBytes < leastDiskBytes
        ? {
            problem: "less than 2 GB free",
            fix: "make room; npm run reset removes this clone's data",
          }
        : {}),
    },
    {
      what: "memory",
      found: megabytes(totalmem()),
      ...(totalmem() < leastMemoryBytes
        ? { problem: "less than 2 GB", fix: "npm start -- --topology solo takes the least" }
        : {}),
    },
  ];
}

async function ports(state: MeshState | undefined): Promise<readonly Finding[]> {
  if (runningLauncher(state)) return [];
  const wanted: readonly (readonly [string, number])[] = [
    ...Object.entries(preferredServerPorts),
    ["gateway", 8080],
    ["auth", 9001],
    ["sandbox", 9090],
  ];
  return Promise.all(
    wanted.map(async ([name, port]) => ({
      what: `port ${port}`,
      found: (await isFree(port)) ? `free for ${name}` : `taken by another program: ${name} will take another port`,
    })),
  );
}

function running(state: MeshState | undefined): readonly Finding[] {
  const launcher = runningLauncher(state);
  if (state && launcher) {
    const dead = state.processes.filter((started) => !isRunning(started)).map(({ name }) => name);
    return [
      {
        what: "running",
        found: `${state.topology} at ${state.gatewayUrl ?? "…"}, launcher ${launcher.pid}`,
      },
      ...state.processes.map((started) => ({
        what: `  ${started.name}`,
        found: `process ${started.pid}, ${megabytes(memoryBytesOf(started.pid))}`,
      })),
      ...(dead.length > 0
        ? [
            {
              what: "processes",
              found: `not running: ${dead.join(", ")}`,
              problem: "processes have ended",
              fix: "see .shopmesh/logs; they are started again by themselves",
            },
          ]
        : []),
    ];
  }
  const left = leftovers(state);
  if (left.length === 0) return [{ what: "running", found: "nothing" }];
  const names = left.map(({ name, pid }) => `${name} (${pid})`).join(", ");
  return [
    {
      what: "left behind",
      found: names,
      problem: "a launcher was killed and its processes still run",
      fix: "npm run stop",
    },
  ];
}

function versionOf(program: string, args: readonly string[]): string | undefined {
  try {
    const text = execFileSync(program, [...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /\d+\.\d+(\.\d+)?/.exec(text)?.[0];
  } catch {
    // Not there, or it has no such option: no version in any case.
    return undefined;
  }
}
