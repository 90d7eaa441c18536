import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { EdgeRequest } from "../src/edge.ts";
import { readWebFiles, webRoute } from "../src/web.ts";

test("a file with a hash in its name is kept for ever, and sent compressed to who understands it", async (t) => {
  const ask = await openApp(t);
  const plain = await ask("/assets/app-1a2b.js");
  t.is(plain?.headers["cache-control"], "public, max-age=31536000, immutable");
  t.is(String(plain?.body), "plain");
  const compressed = await ask("/assets/app-1a2b.js", { "accept-encoding": "gzip, br" });
  t.is(compressed?.headers["content-encoding"], "br");
  t.is(String(compressed?.body), "small");
});

test("a path that the app knows is answered with its page, never stored and under a policy with a nonce of its own", async (t) => {
  const ask = await openApp(t);
  const answers = await Promise.all(
    ["/", "/orders/1", "/index.html"].map((path) => ask(path, { accept: "text/html" })),
  );
  const nonces = answers.map((answer) => /nonce-([^']+)'/.exec(answer?.headers["content-security-policy"] ?? "")?.[1]);
  t.deepEqual(
    answers.map((answer) => String(answer?.body)),
    nonces.map((nonce) => `<script nonce="${nonce}">`),
  );
  t.is(new Set(nonces).size, answers.length);
  for (const answer of answers) {
    t.is(answer?.headers["cache-control"], "no-store");
    t.notRegex(answer?.headers["content-security-policy"] ?? "", /unsafe|\*/);
  }
});

test("whoever takes anything sees the page at the front door, and nowhere else", async (t) => {
  const ask = await openApp(t);
  for (const headers of [{}, { accept: "*/*" }]) {
    t.is((await ask("/", headers))?.headers["content-type"], "text/html; charset=utf-8");
    t.is(await ask("/orders/1", headers), undefined);
  }
});

test("nothing outside the folder is sent, and nothing to who wants no page", async (t) => {
  const ask = await openApp(t);
  for (const path of ["/../secret.js", "/assets/../../secret.js", "/%2e%2e/secret.js", "/.stamp", "/assets/none.js"]) {
    t.is(await ask(path), undefined, path);
  }
  t.is(await ask("/", { accept: "application/json" }), undefined);
  t.is(await ask("/", { accept: "text/html" }, "POST"), undefined);
});

test("a folder without a web app is named", async (t) => {
  const error = await t.throwsAsync(readWebFiles("/nowhere/web"));
  t.true(error?.message.includes("/nowhere/web"));
});

/** A small built app; asks its route. */
async function openApp(t: ExecutionContext) {
  const parent = await mkdtemp(join(tmpdir(), "shopmesh-web-"));
  t.teardown(() => rm(parent, { recursive: true }));
  const folder = join(parent, "dist");
  await mkdir(join(folder, "assets"), { recursive: true });
  await Promise.all([
    writeFile(join(parent, "secret.js"), "secret"),
    writeFile(join(folder, ".stamp"), "hash"),
    writeFile(join(folder, "index.html"), '<script nonce="__CSP_NONCE__">'),
    writeFile(join(folder, "assets", "app-1a2b.js"), "plain"),
    writeFile(join(folder, "assets", "app-1a2b.js.br"), "small"),
  ]);
  const route = webRoute(await readWebFiles(folder));
  return async (path: string, headers: EdgeRequest["headers"] = {}, method = "GET") =>
    route({
      method,
      path,
      headers,
      query: new URLSearchParams(),
      signal: AbortSignal.timeout(1_000),
      body: () => Promise.resolve(new Uint8Array()),
    });
}
