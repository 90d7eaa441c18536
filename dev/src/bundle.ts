import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { SourceMap, type SourceMapPayload } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type { OutputAsset, OutputChunk, Plugin } from "rolldown";
import {
  bundlesFolder,
  type LineRuns,
  linesFile,
  OF_A_PACKAGE,
  type Manifest,
  manifestFile,
  readManifest,
  root,
  stampOf,
  whyStale,
} from "../../process/bundle.ts";
import { seconds } from "./table.ts";

/** Where what a bundle must not hold is: native code finds its files by itself. */
const NATIVE = ["sharp", "@node-rs/argon2", "chdb"];
const CONTRACTS = "shopmesh:contracts";
/** What tells of another set of packages. */
const PACKAGES = ["package-lock.json", "node_modules/.package-lock.json"];
/** Two places take turns: who runs from the one may still load a part of it while the other is made. */
const FOLDERS = ["a", "b"] as const;

/**
 * Brings the bundle of process/ up to date (docs/decisions/0055). Where it cannot be made that is said, and processes run
 * from their sources.
 */
export async function bringBundleUpToDate(say: (line: string) => void): Promise<void> {
  const manifest = readManifest();
  if (manifest !== undefined && whyStale(manifest) === undefined) return;
  const startedAt = Date.now();
  try {
    await makeBundle(manifest);
    say(`services bundled in ${seconds(Date.now() - startedAt)}`);
  } catch (error) {
    const why = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
    say(`the services cannot be bundled, and start slower: ${why}`);
  }
}

/** Aside first, and in place at once: who starts meanwhile finds a whole one. */
async function makeBundle(last: Manifest | undefined): Promise<void> {
  // Loaded only where it is wanted: it takes a while.
  const { rolldown } = await import("rolldown");
  const services = readdirSync(join(root, "services")).filter((name) => existsSync(sourceOf(name)));
  const modules = new Set<string>();
  const bundle = await rolldown({
    cwd: root,
    platform: "node",
    input: {
      run: join(root, "process", "run.ts"),
      contracts: CONTRACTS,
      gateway: join(root, "gateway", "src", "service.ts"),
      ...Object.fromEntries(services.map((name) => [name, sourceOf(name)])),
    },
    external: NATIVE,
    plugins: [contracts(), ownPlaces(), collected(modules)],
    // Optional parts of packages that are not here stay what they are: a require that fails.
    logLevel: "silent",
  });
  const next = join(bundlesFolder, `.next-${process.pid}`);
  const folder = FOLDERS.find((name) => name !== last?.folder) ?? FOLDERS[0];
  try {
    // TypeORM knows migrations by their classes' names.
    const { output } = await bundle.write({
      dir: next,
      format: "esm",
      sourcemap: "hidden",
      keepNames: true,
      entryFileNames: "[name].js",
      chunkFileNames: "part-[name].js",
    });
    const chunks = output.filter((file) => file.type === "chunk").filter(({ isEntry }) => isEntry);
    keepLines(next, output);
    const entries = Object.fromEntries(chunks.map(({ name, fileName }) => [name, fileName]));
    rmSync(join(bundlesFolder, folder), { recursive: true, force: true });
    renameSync(next, join(bundlesFolder, folder));
    const manifest = {
      root,
      folder,
      entries,
      sources: stampsOf([...PACKAGES.map((file) => join(root, file)), ...modules]),
    };
    writeFileSync(`${manifestFile}.next`, JSON.stringify(manifest));
    renameSync(`${manifestFile}.next`, manifestFile);
  } finally {
    await bundle.close();
    rmSync(next, { recursive: true, force: true });
  }
}

/** Beside each file where its lines come from, of our own: whole maps take a second to read, and libraries ask for stacks often. */
function keepLines(folder: string, output: readonly (OutputChunk | OutputAsset)[]): void {
  for (const file of output) {
    if (file.type !== "chunk" || file.map === null) continue;
    const runs = lineRunsOf(
      file.code.split("\n").length,
      JSON.parse(file.map.toString()) as SourceMapPayload,
      join(folder, file.fileName),
    );
    writeFileSync(linesFile(join(folder, file.fileName)), JSON.stringify(runs));
    rmSync(join(folder, `${file.fileName}.map`), { force: true });
  }
}

function lineRunsOf(lineCount: number, payload: SourceMapPayload, file: string): LineRuns {
  const map = new SourceMap(payload);
  const files: string[] = [];
  const runs: [number, number, number][] = [];
  for (let line = 1; line <= lineCount; line++) {
    const found = map.findEntry(line - 1, Number.MAX_SAFE_INTEGER);
    if (!("originalSource" in found) || found.generatedLine !== line - 1) continue;
    const source = fileURLToPath(new URL(found.originalSource, pathToFileURL(file)));
    const own = source.includes("/node_modules/") ? undefined : relative(root, source);
    const index = own === undefined ? OF_A_PACKAGE : files.includes(own) ? files.indexOf(own) : files.push(own) - 1;
    const from = own === undefined ? 0 : found.originalLine + 1;
    const last = runs.at(-1);
    const goesOn = last?.[1] === index && (own === undefined || last[2] + (line - last[0]) === from);
    if (!goesOn) runs.push([line, index, from]);
  }
  return { files, runs };
}

function sourceOf(service: string): string {
  return join(root, "services", service, "src", "service.ts");
}

function stampsOf(files: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map((file) => [relative(root, file), stampOf(file)]));
}

/** A module that exports what every contract's file does. */
function contracts(): Plugin {
  const folder = join(root, "gen", "src");
  return {
    name: "contracts",
    resolveId: (id) => (id === CONTRACTS ? `\0${CONTRACTS}` : undefined),
    load(id) {
      if (id !== `\0${CONTRACTS}`) return undefined;
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
        file.endsWith("_service_pb.ts"),
      );
      return files
        .sort()
        .map((file) => `export * from ${JSON.stringify(join(folder, file))};`)
        .join("\n");
    },
  };
}

/** Lets a module go on to look beside itself for its files. */
function ownPlaces(): Plugin {
  return {
    name: "own places",
    transform: {
      filter: { code: /import\.meta\.(?:url|dirname|filename)|__(?:dirname|filename)\b/ },
      handler(code, id) {
        const [file, folder, url] = [id, join(id, ".."), pathToFileURL(id).href].map((place) => JSON.stringify(place));
        const replaced = code
          .replaceAll(/import\.meta\.url\b/g, url ?? "")
          .replaceAll(/import\.meta\.dirname\b|\b__dirname\b/g, folder ?? "")
          .replaceAll(/import\.meta\.filename\b|\b__filename\b/g, file ?? "");
        return { code: replaced, map: null };
      },
    },
  };
}

/** Our own files among the modules of a bundle: those of packages change only with the packages. */
function collected(modules: Set<string>): Plugin {
  return {
    name: "collected",
    buildEnd() {
      for (const id of this.getModuleIds()) if (id.startsWith(root) && !id.includes("/node_modules/")) modules.add(id);
    },
  };
}
