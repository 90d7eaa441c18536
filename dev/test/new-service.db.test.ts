import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { nodeProgram, root } from "../src/paths.ts";
import type { startMesh, TestMesh } from "../src/testing.ts";

const run = promisify(execFile);
const leftOut = ["node_modules", ".git", ".shopmesh", "dist", "gen"];
/** In node_modules. */
const writtenInPlace = [".shopmesh-lock-hash", ".cache"];
const publishedWithinMs = 20_000;

test("npm run new-service gives a service that answers, stores, emits, is tested and is at the gateway", async (t) => {
  t.timeout(300_000);
  const clone = cloneOf(t);
  const before = filesOf(clone);
  const { stdout: said } = await run(nodeProgram, ["dev/run.mjs", "new-service", "wishlist"], { cwd: clone });

  const written = filesOf(clone).filter((file) => !before.includes(file));
  t.deepEqual(listedIn(said), [...written, "package-lock.json"].sort());
  await checks(t, clone);
  const mesh = await startMeshOf(clone);
  t.teardown(() => mesh.stop());
  await talk(t, mesh);
  t.deepEqual(await published(mesh), ["shop.wishlist.v1.WishlistCreated"]);

  // Once more under that name there is no way.
  const again = run(nodeProgram, ["dev/run.mjs", "new-service", "wishlist"], { cwd: clone });
  t.regex(String((await t.throwsAsync<Error & { stderr: string }>(again))?.stderr), /"wishlist" already/);
});

type Body = { readonly sessionToken: string; readonly wishlist: { readonly id: string; readonly title: string } };

/** A customer makes a wishlist, twice by the same key; another customer does not see it. */
async function talk(t: ExecutionContext, { gatewayUrl }: TestMesh): Promise<void> {
  const post = async (method: string, body: object, token?: string) => {
    const response = await fetch(`${gatewayUrl}/shop.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const register = async (name: string): Promise<string> => {
    const person = { email: `${name}@example.com`, password: "correct horse battery", name };
    const { body } = await post("auth.v1.AuthService/Register", { requestId: name, ...person });
    return body.sessionToken;
  };
  const [ada, bob] = [await register("ada"), await register("bob")];
  const service = "wishlist.v1.WishlistService";
  const request = { requestId: "r-1", title: " Garden " };
  const made = await post(`${service}/CreateWishlist`, request, ada);
  t.is(made.status, 200);
  t.is(made.body.wishlist.title, "Garden");
  t.deepEqual(await post(`${service}/CreateWishlist`, request, ada), made);
  const list = await post(`${service}/ListWishlists`, {}, ada);
  t.deepEqual(list.body as object, { wishlists: [made.body.wishlist] });
  t.is((await post(`${service}/GetWishlist`, { wishlistId: made.body.wishlist.id }, bob)).status, 404);
  t.is((await post(`${service}/CreateWishlist`, request)).status, 401);
  t.is((await post(`${service}/CreateWishlist`, { requestId: "r-2" }, ada)).status, 400);
}

/** Its own tests and the checks of its files. */
async function checks(t: ExecutionContext, clone: string): Promise<void> {
  const bin = join(clone, "node_modules", ".bin");
  const env = { ...process.env, PATH: `${dirname(nodeProgram)}:${bin}:${process.env["PATH"]}` };
  const inClone = (program: string, ...args: readonly string[]) => run(program, args, { cwd: clone, env });
  await inClone("node", "dev/run.mjs", "gen");
  await t.notThrowsAsync(inClone("ava", "services/wishlist/test/**/*.test.ts"));
  await t.notThrowsAsync(inClone("biome", "format", "services/wishlist"));
  await t.notThrowsAsync(inClone("buf", "format", "--diff", "--exit-code", "--path", "proto/shop/wishlist"));
  await t.notThrowsAsync(inClone("buf", "lint", "--path", "proto/shop/wishlist"));
  await t.notThrowsAsync(inClone("oxlint", "services/wishlist"));
  // Of the checkout's own state only what is said of the new service counts here.
  const types = await inClone("tsc", "--noEmit", "-p", ".").catch((error: { stdout: string }) => error);
  t.notRegex(types.stdout, /wishlist/);
}

/** A copy of this checkout, with this one's packages; only the workspaces in it are its own. */
function cloneOf(t: ExecutionContext): string {
  const clone = mkdtempSync(join(tmpdir(), "clone-"));
  t.teardown(() => rmSync(clone, { recursive: true }));
  cpSync(root, clone, { recursive: true, filter: (path) => path === root || !leftOut.includes(basename(path)) });
  cpSync(join(root, "gen", "package.json"), join(clone, "gen", "package.json"));
  for (const folder of ["mesh", ...readdirSync(join(root, "services")).map((name) => join("services", name))]) {
    const packages = join(root, folder, "node_modules");
    if (existsSync(packages)) symlinkSync(packages, join(clone, folder, "node_modules"));
  }
  const packages = join(root, "node_modules");
  const workspaces = join(clone, "node_modules", "@shopmesh");
  mkdirSync(workspaces, { recursive: true });
  for (const name of readdirSync(packages).filter((entry) => ![...writtenInPlace, "@shopmesh"].includes(entry))) {
    symlinkSync(join(packages, name), join(clone, "node_modules", name));
  }
  for (const name of readdirSync(join(packages, "@shopmesh"))) {
    symlinkSync(readlinkSync(join(packages, "@shopmesh", name)), join(workspaces, name));
  }
  return clone;
}

async function startMeshOf(clone: string): Promise<TestMesh> {
  const testing = pathToFileURL(join(clone, "dev", "src", "testing.ts")).href;
  const own = (await import(testing)) as { readonly startMesh: typeof startMesh };
  return own.startMesh({ topology: "solo", services: ["gateway", "auth", "scheduler", "wishlist"] });
}

/** The events of the service that were published, once the first is. */
async function published({ logsFolder }: TestMesh): Promise<readonly string[]> {
  const { databaseUrl } = JSON.parse(readFileSync(join(dirname(logsFolder), "state.json"), "utf8"));
  const connection = await createConnection(databaseUrl);
  try {
    const limit = Date.now() + publishedWithinMs;
    for (;;) {
      const [rows] = await connection.query<(RowDataPacket & { readonly subject: string })[]>(
        "SELECT subject FROM shop_wishlist.mesh_outbox WHERE published_ms IS NOT NULL ORDER BY id",
      );
      const subjects = rows.map(({ subject }) => subject);
      if (subjects.length > 0 || Date.now() > limit) return subjects;
      await delay(50);
    }
  } finally {
    await connection.end();
  }
}

function filesOf(clone: string): readonly string[] {
  const entries = ["proto", "services", "gateway", "dev", "mesh", "docs"].flatMap((folder) =>
    readdirSync(join(clone, folder), { recursive: true, withFileTypes: true }),
  );
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => relative(clone, join(entry.parentPath, entry.name)));
}

function listedIn(said: string): readonly string[] {
  const [listing = ""] = said.split("\n\n");
  return listing
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .sort();
}
