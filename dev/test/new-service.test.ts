import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { type Lock, pinsIn, withWorkspace } from "../src/new-service/lock.ts";
import { namesOf, refusalOf } from "../src/new-service/names.ts";
import { planFiles, report } from "../src/new-service/plan.ts";
import { root } from "../src/paths.ts";
import { serviceOrder } from "../src/topology.ts";

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
/** A noun that no service of the checkout has. */
const names = namesOf("zebra");
const files = planFiles(names, pinsIn(lock));

const refused = test.macro({
  exec: (t, name: string, why: RegExp) => t.regex(refusalOf(name, ["cart"]) ?? "", why),
  title: (_, name) => `"${name}" can be no service`,
});
test(refused, "", /name the service/);
test(refused, "Wishlist", /not one lower-case word/);
test(refused, "wish-list", /not one lower-case word/);
test(refused, "wish list", /not one lower-case word/);
test(refused, "../cart", /not one lower-case word/);
test(refused, "list2", /not one lower-case word/);
test(refused, "w".repeat(25), /more than 24 letters/);
test(refused, "cart", /already/);
test(refused, "gateway", /a part of the mesh/);
test(refused, "common", /a part of the mesh/);
test(refused, "class", /a word of TypeScript or SQL/);
test(refused, "group", /a word of TypeScript or SQL/);
test(refused, "title", /something else/);

test("every service that the architecture plans can be made so", (t) => {
  t.deepEqual(
    serviceOrder.filter((name) => refusalOf(name, []) !== undefined),
    [],
  );
});

const spelled = test.macro({
  exec: (t, noun: string, plural: string, article: string) =>
    t.like(namesOf(noun), { nouns: plural, aNoun: `${article} ${noun}` }),
  title: (_, noun, plural) => `more than one ${noun} are ${plural}`,
});
test(spelled, "wishlist", "wishlists", "a");
test(spelled, "address", "addresses", "an");
test(spelled, "enquiry", "enquiries", "an");
test(spelled, "survey", "surveys", "a");

test("a new service is a contract, a folder and nothing else", (t) => {
  t.deepEqual([...files.keys()].sort(), [
    "proto/shop/zebra/v1/zebra.proto",
    "proto/shop/zebra/v1/zebra_events.proto",
    "proto/shop/zebra/v1/zebra_service.proto",
    "services/zebra/README.md",
    "services/zebra/package.json",
    "services/zebra/src/handlers.ts",
    "services/zebra/src/migrations/0001-zebra.ts",
    "services/zebra/src/schema.ts",
    "services/zebra/src/service.ts",
    "services/zebra/src/store.ts",
    "services/zebra/src/zebra.ts",
    "services/zebra/test/zebra.db.test.ts",
    "services/zebra/test/zebra.test.ts",
  ]);
});

test("no text has a gap, a line too many or the name of another service", (t) => {
  for (const [path, text] of files) {
    t.notRegex(text, /undefined: |\[object|\$\{noun|\$\{Noun|wishlist/i, path);
    t.true(text.endsWith("\n") && !text.endsWith("\n\n"), path);
  }
  t.true((files.get("services/zebra/README.md") ?? "").split("\n").length <= 40);
});

test("the formatters read every text and change no more than where lines break", (t) => {
  const folder = writtenTo(t, files);
  const { formatter, javascript } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ formatter, javascript }));
  const biome = run("biome", ["format", "--write", "services"], folder);
  t.is(biome.status, 0, biome.stdout + biome.stderr);
  const buf = run("buf", ["format", "--write", "proto"], folder);
  t.is(buf.status, 0, buf.stdout + buf.stderr);
  for (const [path, text] of files) {
    t.is(wordsOf(readFileSync(join(folder, path), "utf8")), wordsOf(text), path);
  }
});

test("the package pins what the lock pins, exactly", (t) => {
  const { name, dependencies } = JSON.parse(files.get("services/zebra/package.json") ?? "{}");
  t.is(name, "@shopmesh/zebra");
  t.deepEqual(dependencies, pinsIn(lock));
  for (const version of Object.values(dependencies)) t.regex(String(version), /^\d+\.\d+\.\d+$/);
});

test("the lock gains the workspace and its link, and keeps npm's order and all the rest", (t) => {
  const { packages } = withWorkspace(lock, names);
  const { "services/zebra": workspace, "node_modules/@shopmesh/zebra": link, ...rest } = packages;
  t.deepEqual(workspace as object, { name: "@shopmesh/zebra", version: "0.1.0", dependencies: pinsIn(lock) });
  t.deepEqual(link, { resolved: "services/zebra", link: true });
  t.is(JSON.stringify(rest), JSON.stringify(lock.packages));
});

test("a lock without what services need is refused", (t) => {
  t.throws(() => pinsIn({ packages: {} }), { message: /npm ci/ });
});

test("the report lists every file that was touched and what comes next", (t) => {
  const touched = [...files.keys(), "package-lock.json"];
  const text = report(names, touched);
  for (const path of touched) t.true(text.includes(`\n  ${path}\n`), path);
  t.regex(text, /npm test -- 'services\/zebra\/test\/\*\*'/);
});

/** A text without what a line break adds: spaces, and a comma before a closing bracket. */
function wordsOf(text: string): string {
  return text.replaceAll(/\s+/g, "").replaceAll(/,([)\]}])/g, "$1");
}

/** A folder of the test's own with `texts` in it. */
function writtenTo(t: ExecutionContext, texts: ReadonlyMap<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "new-service-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of texts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function run(program: string, args: readonly string[], cwd: string) {
  return spawnSync(join(root, "node_modules", ".bin", program), args, { cwd, encoding: "utf8" });
}
