import { parseArgs } from "node:util";
import { type Control, openControl } from "./control.ts";
import { launchMesh, type Mesh } from "./launcher.ts";
import { stateFolder } from "./paths.ts";
import type { RestartOptions } from "./rolling.ts";
import { seedAccounts, seedMesh, type Seeding } from "./seeding.ts";
import { becomeLauncher, resignLauncher, stateFile } from "./state.ts";
import { describeState, exitCodeOf, type ProgramState } from "./supervisor.ts";
import {
  alignColumns,
  megabytes,
  readRows,
  renderRows,
  seconds,
  totalMemoryBytes,
  whatToTry,
  type Row,
} from "./table.ts";
import { parseReplicas, parseTopology, type Replicas, type Topology } from "./topology.ts";

type Options = {
  readonly topology: Topology;
  readonly replicas: Replicas;
  readonly mtls: boolean;
  readonly json: boolean;
  readonly mayInstall: boolean;
  readonly seed: boolean;
  readonly once: boolean;
};

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `npm start`: runs the shop until Ctrl-C, `npm run stop` or the end of the terminal. */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const launcher = await becomeLauncher(stateFolder, options.topology);
  if ("running" in launcher) {
    say(
      `already running (process ${launcher.running.pid}) at ${stateFile(stateFolder).read()?.gatewayUrl ?? "an address to come"}; npm run stop ends it`,
    );
    return 1;
  }
  if (launcher.cleaned.length > 0) say(`ended what an earlier start had left behind: ${launcher.cleaned.join(", ")}`);
  const stopAsked = signalled();
  try {
    return await run(options, stopAsked, begunAt());
  } finally {
    resignLauncher(stateFolder);
  }
}

/** When the command was entered, as its way in wrote it down: setting up counts too. */
function begunAt(): number {
  return Number(process.env["SHOPMESH_BEGUN_AT"]) || Date.now() - process.uptime() * 1000;
}

async function run(options: Options, stopAsked: Promise<NodeJS.Signals>, startedAt: number): Promise<number> {
  const watch = { isUp: false };
  const mesh = await launchMesh({
    folder: stateFolder,
    topology: options.topology,
    replicas: options.replicas,
    mtls: options.mtls,
    ports: "preferred",
    environment: process.env,
    mayInstall: options.mayInstall,
    say,
    report: (name, state) => reportChange(name, state, watch.isUp),
  });
  let control: Control | undefined;
  try {
    control = await openControl((choice) => restart(mesh, choice));
    stateFile(stateFolder).write({ control: control.address });
    const signal = await Promise.race([
      stopAsked,
      bringUp(mesh, options, startedAt).then((allReady) => ({ allReady })),
    ]);
    watch.isUp = true;
    if (typeof signal !== "string" && options.once) return signal.allReady ? 0 : 1;
    const asked = typeof signal === "string" ? signal : await stopAsked;
    say(`${asked}: stopping`);
    return asked === "SIGINT" || asked === "SIGTERM" ? 0 : exitCodeOf(asked);
  } finally {
    control?.close();
    const stoppingAt = Date.now();
    await mesh.stop();
    say(`stopped everything in ${seconds(Date.now() - stoppingAt)}; the data is kept in .shopmesh`);
  }
}

/** A rolling restart, told here and to who asked for it. */
function restart(mesh: Mesh, { names, force, say: tell }: RestartOptions): Promise<void> {
  return mesh.restart({
    names,
    force,
    say(line) {
      say(`restart ${line}`);
      tell(line);
    },
  });
}

/** Waits, seeds, prints. True when every part is ready. */
async function bringUp(mesh: Mesh, options: Options, startedAt: number): Promise<boolean> {
  const problems = await mesh.ready();
  const isReady = Object.keys(problems).length === 0;
  const seeding = await seedWhenReady(mesh, options, isReady);
  const rows = await readRows(mesh);
  const elapsedMs = Date.now() - startedAt;
  const accounts = await seedAccounts();
  if (options.json) {
    const memoryBytes = totalMemoryBytes(rows);
    const ready = rows.every((row) => row.ready);
    process.stdout.write(
      `${JSON.stringify({ topology: mesh.topology, ready, elapsedMs, memoryBytes, seeding, parts: rows, accounts }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(summary(mesh, rows, elapsedMs, seeding, accounts));
  }
  return rows.every((row) => row.ready) && seeding.outcome !== "failed";
}

async function seedWhenReady(mesh: Mesh, options: Options, isReady: boolean): Promise<Seeding> {
  if (!options.seed) return { outcome: "none", elapsedMs: 0 };
  if (!isReady) {
    say("not seeded: not every part is ready");
    return { outcome: "failed", elapsedMs: 0 };
  }
  const seeding = await seedMesh(stateFolder, mesh.environment, process.env["DATABASE_URL"]);
  if (seeding.outcome === "seeded") say(`seeded the shop in ${seconds(seeding.elapsedMs)}`);
  if (seeding.outcome === "failed") say("the seed failed; its message is above. It is tried again at the next start");
  return seeding;
}

function summary(
  mesh: Mesh,
  rows: readonly Row[],
  elapsedMs: number,
  seeding: Seeding,
  accounts: Awaited<ReturnType<typeof seedAccounts>>,
): string {
  const failed = rows.filter((row) => !row.ready).length;
  const state = failed === 0 ? `all ${rows.length} parts ready` : `${failed} of ${rows.length} parts FAILED`;
  const hasDoor = rows.some(({ part, ready }) => part === "gateway" && ready);
  const hasSeed = seeding.outcome === "seeded" || seeding.outcome === "kept";
  const signIns = accounts
    .slice(0, 4)
    .map(({ email, password, name, roles }) => [`  ${email}`, password, `${name} (${roles.join(", ")})`]);
  return [
    "",
    renderRows(rows),
    "",
    `${state} · ${mesh.topology} · ${megabytes(totalMemoryBytes(rows))} with databases and launcher · ${seconds(elapsedMs)}`,
    "",
    ...(hasDoor ? [`The shop: ${mesh.gatewayUrls.join(" and ")}`] : []),
    ...(signIns.length > 0 && hasSeed ? ["", "Sign in as", alignColumns(signIns)] : []),
    "",
    "Try",
    whatToTry(mesh),
    "",
    "Ctrl-C stops everything; the data is kept. npm run reset forgets it.",
    "",
  ].join("\n");
}

function reportChange(name: string, state: ProgramState, isUp: boolean): void {
  if (state.state === "restarting" || (isUp && state.state === "ready")) say(`${name}: ${describeState(state)}`);
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      topology: { type: "string" },
      replicas: { type: "string" },
      mtls: { type: "boolean", default: process.env["MTLS"] === "true" },
      json: { type: "boolean", default: false },
      "no-install": { type: "boolean", default: false },
      "no-seed": { type: "boolean", default: false },
      once: { type: "boolean", default: false },
    },
  });
  return {
    topology: parseTopology(values.topology ?? process.env["TOPOLOGY"] ?? "compact"),
    replicas: parseReplicas(values.replicas ?? (process.env["REPLICAS"] || "1")),
    mtls: values.mtls,
    json: values.json,
    mayInstall: !values["no-install"],
    seed: !values["no-seed"],
    once: values.once,
  };
}

// The terminal, npm and the way in may each send it: only the first counts, what follows is bounded anyway.
function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(signal));
  });
}

function say(line: string): void {
  process.stderr.write(`shopmesh: ${line}\n`);
}
