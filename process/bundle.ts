import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Modules } from "./services.ts";

/** What a bundle was made of, and by which of its files it is entered. dev/src/bundle.ts makes both. */
export type Manifest = {
  /** The checkout. Another one, a copy of it, has other paths. */
  readonly root: string;
  /** Its folder below `bundlesFolder`. */
  readonly folder: string;
  /** The file of `run.ts`, of all contracts, and of each service, by its name. */
  readonly entries: {
    readonly run: string;
    readonly contracts: string;
    readonly [service: string]: string | undefined;
  };
  /** `stampOf` each file of it, by its path below the root. */
  readonly sources: Readonly<Record<string, string>>;
};

export const root = dirname(import.meta.dirname);

/** Where bundles are, and the manifest of the one that holds. Git-ignored. */
export const bundlesFolder = join(root, ".shopmesh", "bundle");
export const manifestFile = join(bundlesFolder, "manifest.json");

/** What tells a file from its earlier self; "" where there is none. */
export function stampOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? "" : `${stats.mtimeMs} ${stats.size}`;
}

/** The manifest of the bundle that is here; undefined where there is none. */
export function readManifest(): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(manifestFile, "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** Why a bundle is not what its sources are now; undefined while it is. */
export function whyStale({ root: madeIn, sources }: Manifest): string | undefined {
  if (madeIn !== root) return `made in ${madeIn}`;
  const changed = Object.keys(sources).find((file) => stampOf(join(root, file)) !== sources[file]);
  return changed === undefined ? undefined : `${changed} has changed`;
}

/** The bundle, where it has all of `names` and is what the sources are. Without any nothing is reported: an image has none. */
export function openBundle(
  names: readonly string[],
  report: (problem: string) => void,
): { readonly run: string; readonly modules: Modules } | undefined {
  const manifest = readManifest();
  if (manifest === undefined) return undefined;
  const lacking = names.find((name) => manifest.entries[name] === undefined);
  const stale = lacking === undefined ? whyStale(manifest) : `it has no ${lacking}`;
  if (stale !== undefined) {
    report(`runs from its sources, slower to start: of the bundle, ${stale}`);
    return undefined;
  }
  const folder = join(bundlesFolder, manifest.folder);
  traceToSources(folder);
  const urlOf = (entry: string): string => pathToFileURL(join(folder, manifest.entries[entry] ?? "")).href;
  const load = async (entry: string): Promise<object> => (await import(urlOf(entry))) as object;
  return { run: urlOf("run"), modules: { service: load, contracts: () => load("contracts") } };
}

/** In place of a file: these lines are a package's. */
export const OF_A_PACKAGE = -1;

/** Which lines of a bundle's file come from where: each run from its first line on, [line, file, line there]. */
export type LineRuns = {
  readonly files: readonly string[];
  readonly runs: readonly (readonly [line: number, file: number, lineThere: number])[];
};

/** Where the runs of a bundle's file are. */
export function linesFile(file: string): string {
  return `${file}.lines`;
}

const PLACE = /(file:[^\s()]+):(\d+):(\d+)/g;

/** Lets stacks name lines of the sources. Libraries ask for stacks that nobody reads: it costs little more than without. */
function traceToSources(folder: string): void {
  const here = `${pathToFileURL(folder).href}/`;
  const known = new Map<string, LineRuns>();
  const runsOf = (name: string): LineRuns => {
    const found = known.get(name) ?? readLines(linesFile(join(folder, name)));
    known.set(name, found);
    return found;
  };
  const place = (whole: string, url: string, line: string, column: string): string => {
    if (!url.startsWith(here)) return whole;
    const found = sourceOf(runsOf(url.slice(here.length)), Number(line));
    return found === undefined ? whole : `${pathToFileURL(join(root, found.file)).href}:${found.line}:${column}`;
  };
  Error.prepareStackTrace = (error, calls) => {
    const lines = calls.map(String).map((call) => `\n    at ${call.replaceAll(PLACE, place)}`);
    return `${String(error)}${lines.join("")}`;
  };
}

function readLines(file: string): LineRuns {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as LineRuns;
  } catch {
    // Two bundles later its folder is another's: its own lines still tell something.
    return { files: [], runs: [] };
  }
}

/** Where a line comes from; undefined where that is a package. */
export function sourceOf(
  { files, runs }: LineRuns,
  line: number,
): { readonly file: string; readonly line: number } | undefined {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.[0] ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  const run = runs[low - 1];
  const file = run && files[run[1]];
  return run === undefined || file === undefined ? undefined : { file, line: run[2] + line - run[0] };
}
