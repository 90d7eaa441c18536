import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Instruction, parseCopy, type Stage } from "./dockerfile.ts";

/** Where and how a build without an engine is done. */
export type ReplayOptions = {
  readonly stages: readonly Stage[];
  /** The build's context. */
  readonly context: string;
  readonly isIgnored: (path: string) => boolean;
  /** Each stage's file system lies below it, by the stage's name. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
};

/** A stage after its last instruction. */
export type Built = { readonly folder: string; readonly env: Readonly<Record<string, string>> };

/**
 * Does what `docker build --target` would do with files: each stage is a folder, COPY copies, RUN runs in it with the
 * node and npm of `env`. Users, base images and isolation are not there: a RUN must keep to its own folder. Throws an
 * Error that names the instruction that fails.
 */
export async function replayStage(
  name: string,
  options: ReplayOptions,
  done = new Map<string, Built>(),
): Promise<Built> {
  const known = done.get(name);
  if (known !== undefined) return known;
  const stage = options.stages.find((each) => each.name === name);
  if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  for (const needed of neededBy(stage, options.stages)) await replayStage(needed, options, done);
  const folder = join(options.folder, name);
  mkdirSync(folder, { recursive: true });
  const base = done.get(stage.base);
  if (base !== undefined) cpSync(base.folder, folder, { recursive: true, verbatimSymlinks: true });
  const state = { folder, directory: "/", env: { ...base?.env } };
  if (base !== undefined) state.directory = base.env["PWD"] ?? "/";
  for (const instruction of stage.instructions) {
    options.say(`${name}: ${instruction.name} ${instruction.text}`.slice(0, 110));
    await perform(instruction, state, options, done);
  }
  const built = { folder, env: { ...state.env, PWD: state.directory } };
  done.set(name, built);
  return built;
}

type State = { readonly folder: string; directory: string; readonly env: Record<string, string> };

function neededBy({ base, instructions }: Stage, stages: readonly Stage[]): readonly string[] {
  const copied = instructions.flatMap(({ name, text }) => (name === "COPY" ? (parseCopy(text).from ?? []) : []));
  return [base, ...copied].filter((each) => stages.some(({ name }) => name === each));
}

async function perform(
  { name, text }: Instruction,
  state: State,
  options: ReplayOptions,
  done: ReadonlyMap<string, Built>,
): Promise<void> {
  if (name === "WORKDIR") {
    state.directory = text;
    mkdirSync(join(state.folder, text), { recursive: true });
  } else if (name === "ENV") {
    for (const pair of text.split(/\s+/)) state.env[pair.split("=")[0] ?? ""] = pair.split("=").slice(1).join("=");
  } else if (name === "COPY") {
    copy(text, state, options, done);
  } else if (name === "RUN") {
    await run(text, join(state.folder, state.directory), { ...options.env, ...state.env });
  }
}

function copy(text: string, state: State, options: ReplayOptions, done: ReadonlyMap<string, Built>): void {
  const { from, sources, target } = parseCopy(text);
  const place = target.startsWith("/") ? join(state.folder, target) : join(state.folder, state.directory, target);
  for (const source of sources) {
    const origin = from === undefined ? join(options.context, source) : join(done.get(from)?.folder ?? "", source);
    if (!existsSync(origin)) throw new Error(`COPY ${text}: there is no ${source}`);
    if (from === undefined) copyContext(source, place, options);
    else copyOver(origin, place);
  }
}

// An engine merges a folder into what is there and follows no link.
function copyOver(origin: string, place: string): void {
  mkdirSync(dirname(place), { recursive: true });
  cpSync(origin, place, { recursive: true, verbatimSymlinks: true, force: true });
}

function copyContext(source: string, place: string, { context, isIgnored }: ReplayOptions): void {
  const base = source.replace(/^\.\/?/, "");
  const files = filesBelow(context, base, isIgnored);
  if (files.length === 0) throw new Error(`COPY ${source}: .dockerignore keeps all of it out`);
  const isFile = files.length === 1 && files[0] === base;
  for (const file of files) {
    const below = isFile ? (file.split("/").at(-1) ?? file) : file.slice(base === "" ? 0 : base.length + 1);
    copyOver(join(context, file), join(place, below));
  }
}

function filesBelow(context: string, path: string, isIgnored: (path: string) => boolean): readonly string[] {
  const folder = join(context, path);
  if (statSync(folder).isFile()) return isIgnored(path) ? [] : [path];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    // Nothing that is kept lies below an ignored folder: .dockerignore says `e2e/*` where something does.
    if (isIgnored(below)) return [];
    return entry.isDirectory() ? filesBelow(context, below, isIgnored) : [below];
  });
}

async function run(command: string, cwd: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const child = spawn("sh", ["-c", command], { cwd, env: { ...env, PWD: cwd }, stdio: ["ignore", "pipe", "pipe"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0)
    throw new Error(
      `RUN ${command} ended with exit code ${code}\n${Buffer.concat(output).toString("utf8").slice(-3000)}`,
    );
}
