// The way in. Plain JavaScript for Node 20: it brings the dependencies and the generated contracts
// up to date, then hands over to the pinned Node, which runs dev/src/<command>.ts as it is.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const oldestNodeMajor = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nodeModules = join(root, "node_modules");
const installStamp = join(nodeModules, ".shopmesh-lock-hash");
const generated = join(root, "gen", "src");
const contractsStamp = join(root, "gen", ".stamp");
const contractSources = ["proto", "third_party/proto", "buf.yaml", "buf.gen.yaml"];
const webBuilt = join(root, "web", "dist");
const webStamp = join(webBuilt, ".stamp");
const webSources = ["index.html", "package.json", "public", "src", "tsconfig.json", "vite.config.ts"];
/** Who starts many processes of the mesh, and installs the servers that they need. */
const runsServices = ["start", "test", "prove", "bench"];
const pinnedNode = join(nodeModules, "node", "bin", "node");

/** Brings the checkout up to date, then runs a command of dev/src under the pinned Node. */
export async function enter(command, args) {
  requireNode();
  process.env.SHOPMESH_BEGUN_AT ??= String(Date.now() - Math.round(process.uptime() * 1000));
  const mayInstall = !args.includes("--no-install");
  if (!isInstalled()) await install(mayInstall);
  if (command === "gen" || !existsSync(generated) || contractsHash() !== read(contractsStamp)) await generate();
  if (command === "gen") return;
  if (["start", "test"].includes(command) && webHash() !== read(webStamp)) await buildWeb();
  const entry = join(root, "dev", "src", `${command}.ts`);
  if (!command || !existsSync(entry)) fail(`no command "${command ?? ""}"; there are: ${commands().join(", ")}`);
  // Who installs servers hears of a refusal to install, too.
  const passed = runsServices.includes(command) ? args : args.filter((arg) => arg !== "--no-install");
  putPinnedNodeFirst();
  if (process.version === pinnedVersion()) {
    if (runsServices.includes(command)) await bundle();
    await runHere(entry, passed);
  } else {
    await handOver(["dev/run.mjs", command, ...passed]);
  }
}

async function runHere(entry, args) {
  try {
    const { main } = await import(pathToFileURL(entry).href);
    process.exitCode = (await main?.(args)) ?? process.exitCode;
  } catch (error) {
    // What a person can mend is told in words; anything else is a bug and needs its stack.
    const isForPeople = error?.constructor === Error || error?.code?.startsWith("ERR_PARSE_ARGS");
    const isPlain = isForPeople && !process.env.DEBUG;
    fail(isPlain ? error.message : (error?.stack ?? String(error)));
  }
}

function requireNode() {
  if (Number(process.versions.node.split(".")[0]) >= oldestNodeMajor) return;
  fail(
    `Shopmesh needs Node ${oldestNodeMajor} or newer to begin; this is ${process.version}. See https://nodejs.org or your package manager.`,
  );
}

function commands() {
  const known = readdirSync(join(root, "dev", "src")).filter((file) => file.endsWith(".ts"));
  const runnable = known.filter((file) =>
    read(join(root, "dev", "src", file))?.includes("export async function main("),
  );
  return ["gen", ...runnable.map((file) => file.slice(0, -3))].sort();
}

/** Whether node_modules holds what package-lock.json names. The stamp spares a second start the comparison. */
function isInstalled() {
  const lock = read(join(root, "package-lock.json"));
  if (lock === undefined) fail("package-lock.json is missing: is this a whole clone?");
  if (!existsSync(pinnedNode)) return false;
  const hash = createHash("sha256").update(lock).digest("hex");
  if (read(installStamp) === hash) return true;
  const hidden = read(join(nodeModules, ".package-lock.json"));
  if (hidden === undefined || !holdsAll(JSON.parse(hidden).packages, JSON.parse(lock).packages)) return false;
  writeFileSync(installStamp, hash);
  return true;
}

function holdsAll(installed, wanted) {
  return Object.entries(wanted).every(([path, { version, optional, peer, link }]) => {
    if (!path.includes("node_modules/")) return true;
    // A new workspace's link is there without npm when `npm run new-service` made it.
    if (link) return existsSync(join(root, path));
    const found = installed[path];
    return found === undefined ? Boolean(optional || peer) : found.version === version;
  });
}

async function install(mayInstall) {
  if (!mayInstall) fail("the dependencies are missing or out of date and --no-install was given; run: npm ci");
  const started = Date.now();
  say("installing the dependencies (npm ci); the first time takes a minute");
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ["npm"];
  // npm ci removes node_modules first: its own Node must not be the one in there.
  const outside = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  if (npm.length === 2 && process.execPath.startsWith(nodeModules)) npm[0] = "node";
  const code = await run([...npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    PATH: outside.join(delimiter),
  });
  if (code !== 0) fail(`npm ci failed (exit code ${code}); its message is above`);
  writeFileSync(
    installStamp,
    createHash("sha256")
      .update(read(join(root, "package-lock.json")))
      .digest("hex"),
  );
  say(`dependencies installed in ${seconds(started)}`);
}

function contractsHash() {
  const hash = createHash("sha256");
  for (const file of contractSources.flatMap((source) => filesOf(join(root, source))).sort()) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!path.endsWith("proto") || path.endsWith(".proto")) return [path];
  return filesBelow(path);
}

function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

async function generate() {
  const started = Date.now();
  say("generating the contracts (buf generate)");
  rmSync(contractsStamp, { force: true });
  putPinnedNodeFirst();
  // Made aside and put in place at once: what runs on the old ones never finds half of them.
  const next = join(root, "gen", `.next-${process.pid}`);
  const hash = contractsHash();
  const code = await run([join(nodeModules, ".bin", "buf"), "generate", "--output", next]);
  if (code === 0) {
    putAside(generated, join(next, "old"));
    renameSync(join(next, "gen", "src"), generated);
    writeFileSync(contractsStamp, hash);
  }
  rmSync(next, { recursive: true, force: true });
  if (code !== 0) fail("buf generate failed; its message is above, the contracts are in proto/");
  say(`contracts generated in ${seconds(started)}`);
}

/** Of what the pages are made: their sources and the contracts that they speak. */
function webHash() {
  const hash = createHash("sha256").update(contractsHash());
  const files = webSources.map((source) => join(root, "web", source)).filter((path) => existsSync(path));
  for (const file of files.flatMap(filesBelow).sort()) {
    hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

async function buildWeb() {
  const started = Date.now();
  say("building the web shop (vite build)");
  putPinnedNodeFirst();
  // Made aside and put in place at once, like the contracts: a gateway that starts meanwhile finds a whole one.
  const next = join(root, "web", `.next-${process.pid}`);
  const hash = webHash();
  const code = await run(
    [
      join(nodeModules, ".bin", "vite"),
      "build",
      join(root, "web"),
      "--logLevel",
      "warn",
      "--outDir",
      join(next, "dist"),
    ],
    { NODE_ENV: "production" },
  );
  if (code === 0) {
    writeFileSync(join(next, "dist", ".stamp"), hash);
    putAside(webBuilt, join(next, "old"));
    renameSync(join(next, "dist"), webBuilt);
  }
  rmSync(next, { recursive: true, force: true });
  if (code !== 0) fail("vite build failed; its message is above, the pages are in web/src/");
  say(`web shop built in ${seconds(started)}`);
}

async function bundle() {
  const { bringBundleUpToDate } = await import(pathToFileURL(join(root, "dev", "src", "bundle.ts")).href);
  await bringBundleUpToDate(say);
}

function putAside(folder, place) {
  try {
    renameSync(folder, place);
  } catch (error) {
    // In a container a folder of an image's lower layer cannot be moved, only removed.
    if (error.code === "EXDEV") rmSync(folder, { recursive: true });
    else if (error.code !== "ENOENT") throw error;
  }
}

function putPinnedNodeFirst() {
  const first = [join(nodeModules, "node", "bin"), join(nodeModules, ".bin")];
  const rest = (process.env.PATH ?? "").split(delimiter).filter((folder) => !first.includes(folder));
  process.env.PATH = [...first, ...rest].join(delimiter);
}

function pinnedVersion() {
  return `v${JSON.parse(read(join(nodeModules, "node", "package.json")) ?? "{}").version}`;
}

async function handOver(args) {
  const child = spawn(pinnedNode, args, { cwd: root, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.exitCode = await ended(child);
}

function run([program, ...args], env = {}) {
  return ended(
    spawn(program, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, ...env },
    }),
  );
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function seconds(startedMs) {
  return `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
}

function say(text) {
  process.stderr.write(`shopmesh: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
