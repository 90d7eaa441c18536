import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Storage } from "../../src/storage.ts";
import { createFolderStorage } from "../../src/storage/folder-storage.ts";

function verify({ verifyUpload }: Storage, url: string) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return verifyUpload(pathname, searchParams);
}

const HOUR_MS = 3_600_000;

async function storageIn(t: ExecutionContext, now = { ms: 1_000_000 }) {
  const folder = await mkdtemp(join(tmpdir(), "shopmesh-storage-"));
  t.teardown(() => rm(folder, { recursive: true }));
  return {
    folder,
    storage: createFolderStorage({ folder, secret: Buffer.alloc(32, 7), clock: () => now.ms }),
  };
}

test("an object comes back as it was put, with its type", async (t) => {
  const { folder, storage } = await storageIn(t);
  await storage.put("catalog/pictures/p1.svg", Buffer.from("<svg/>"), "image/svg+xml");
  const found = await storage.get("catalog/pictures/p1.svg");
  t.is(Buffer.from(found?.bytes ?? []).toString(), "<svg/>");
  t.is(found?.contentType, "image/svg+xml");
  t.deepEqual(await readdir(join(folder, "drafts")), []);
});

test("what is not there is undefined, before and after", async (t) => {
  const { storage } = await storageIn(t);
  t.is(await storage.get("catalog/p1"), undefined);
  await storage.put("catalog/p1", Buffer.from("1"), "text/plain");
  await storage.remove("catalog/p1");
  await storage.remove("catalog/p1");
  t.is(await storage.get("catalog/p1"), undefined);
  t.is(await storage.get("catalog"), undefined);
});

test("a reader sees the old object or the new one, never a part", async (t) => {
  const { storage } = await storageIn(t);
  const sizes = [1, 3_000_000];
  const write = (size: number) => storage.put("a/b", Buffer.alloc(size, 1), "application/octet-stream");
  await write(1);
  const seen = new Set<number | undefined>();
  let isWriting = true;
  const writing = (async () => {
    for (let round = 0; round < 20; round++) await write(sizes[round % 2] ?? 1);
    isWriting = false;
  })();
  while (isWriting) seen.add((await storage.get("a/b"))?.bytes.length);
  await writing;
  t.deepEqual(
    [...seen].filter((size) => size === undefined || !sizes.includes(size)),
    [],
  );
});

const refused = test.macro({
  async exec(t, key: string) {
    const { storage } = await storageIn(t);
    const expected = { name: "DomainError" };
    t.like(await t.throwsAsync(storage.get(key), expected), { reason: "STORAGE_KEY_INVALID" });
    t.like(
      t.throws(() => storage.publicUrl(key), expected),
      { reason: "STORAGE_KEY_INVALID" },
    );
  },
  title: (_, key) => `"${key}" is no key`,
});
for (const key of [
  "",
  "..",
  "../x",
  "a/../b",
  "/a",
  "a//b",
  "a/",
  ".hidden",
  "a\\b",
  "a b",
  "a\u0000",
  "uploads/x",
  "é",
]) {
  test(refused, key);
}

test("a signed upload URL tells the gateway what it allows", async (t) => {
  const { storage } = await storageIn(t);
  const grant = { contentType: "image/svg+xml", maxBytes: 5000 };
  const url = storage.uploadUrl("catalog/p1.svg", { ...grant, expireMs: 1_000_000 + HOUR_MS });
  t.true(url.startsWith("/media/uploads/catalog/p1.svg?"));
  t.deepEqual(verify(storage, url), { key: "catalog/p1.svg", ...grant });
});

test("an upload URL changed in any part is refused", async (t) => {
  const { storage } = await storageIn(t);
  const url = storage.uploadUrl("catalog/p1", {
    contentType: "image/png",
    maxBytes: 5000,
    expireMs: 2_000_000,
  });
  for (const [from, to] of [
    ["catalog/p1", "catalog/p2"],
    ["png", "svg"],
    ["max=5000", "max=5001"],
    ["expire=2000000", "expire=2000001"],
    ["signature=", "signature=A"],
    ["/media/uploads/", "/media/"],
  ] as const) {
    const error = t.throws(() => verify(storage, url.replace(from, to)), {
      name: "DomainError",
    });
    t.like(error, { reason: "UPLOAD_URL_INVALID" }, to);
  }
});

test("an upload URL ends", async (t) => {
  const now = { ms: 1_000_000 };
  const { storage } = await storageIn(t, now);
  const url = storage.uploadUrl("catalog/p1", {
    contentType: "image/png",
    maxBytes: 1,
    expireMs: 1_000_001,
  });
  t.notThrows(() => verify(storage, url));
  now.ms = 1_000_001;
  t.like(
    t.throws(() => verify(storage, url), { name: "DomainError" }),
    { reason: "UPLOAD_URL_EXPIRED" },
  );
});
