import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import S3rver from "s3rver";
import type { Storage } from "../../src/storage.ts";
import { openStorage, parseStorageUrl, type StoragePlace } from "../../src/storage/open.ts";

function verify({ verifyUpload }: Storage, url: string) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  return verifyUpload(pathname, searchParams);
}

const HOUR_MS = 3_600_000;

async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shopmesh-storage-"));
  t.teardown(() => rm(folder, { recursive: true }));
  return folder;
}

/** The ways to keep objects: whoever holds a Storage cannot tell which it is. */
const places: Readonly<Record<StoragePlace["kind"], (t: ExecutionContext) => Promise<StoragePlace>>> = {
  folder: async (t) => ({ kind: "folder", folder: await temporaryFolder(t) }),
  async s3(t) {
    const directory = await temporaryFolder(t);
    const server = new S3rver({ address: "127.0.0.1", port: 0, directory, silent: true, vhostBuckets: false });
    const { port } = await server.run();
    t.teardown(() => server.close());
    return { kind: "s3", bucket: "shopmesh", endpoint: `http://127.0.0.1:${port}`, region: "us-east-1" };
  },
};
const kinds = ["folder", "s3"] as const;

function storageAt(place: StoragePlace, now = { ms: 1_000_000 }): Promise<Storage> {
  const credentials = { accessKey: "S3RVER", secretKey: "S3RVER" };
  return openStorage({ place, ...credentials, secret: Buffer.alloc(32, 7), clock: () => now.ms });
}

async function storageIn(t: ExecutionContext, now = { ms: 1_000_000 }) {
  const folder = await temporaryFolder(t);
  return { folder, storage: await storageAt({ kind: "folder", folder }, now) };
}

for (const kind of kinds) {
  test(`an object comes back from ${kind} as it was put, with its type`, async (t) => {
    const storage = await storageAt(await places[kind](t));
    await storage.put("catalog/pictures/p1.svg", Buffer.from("<svg/>"), "image/svg+xml");
    const found = await storage.get("catalog/pictures/p1.svg");
    t.is(Buffer.from(found?.bytes ?? []).toString(), "<svg/>");
    t.is(found?.contentType, "image/svg+xml");
  });

  test(`what is not in ${kind} is undefined, before and after`, async (t) => {
    const storage = await storageAt(await places[kind](t));
    await storage.remove("catalog/p1");
    t.is(await storage.get("catalog/p1"), undefined);
    await storage.put("catalog/p1", Buffer.from("1"), "text/plain");
    await storage.remove("catalog/p1");
    await storage.remove("catalog/p1");
    t.is(await storage.get("catalog/p1"), undefined);
    t.is(await storage.get("catalog"), undefined);
  });

  test(`two that fill an empty ${kind} at once both succeed`, async (t) => {
    const place = await places[kind](t);
    const storages = await Promise.all([storageAt(place), storageAt(place)]);
    const keys = ["a/1", "a/2"];
    await Promise.all(storages.map((storage, index) => storage.put(keys[index] ?? "", Buffer.from("x"), "text/plain")));
    for (const key of keys) t.truthy(await storages[0]?.get(key), key);
  });
}

test("a reader of a folder sees the old object or the new one, never a part", async (t) => {
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

test("a folder keeps no drafts", async (t) => {
  const { folder, storage } = await storageIn(t);
  await storage.put("catalog/p1", Buffer.from("1"), "text/plain");
  t.deepEqual(await readdir(join(folder, "drafts")), []);
});

test("a store that does not answer is said to be away", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  const address = taken.address();
  const port = typeof address === "object" ? address?.port : undefined;
  await new Promise((resolve) => taken.close(resolve));
  const storage = await storageAt({
    kind: "s3",
    bucket: "shopmesh",
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
  });
  const away = { name: "DomainError", reason: "STORAGE_UNAVAILABLE", kind: "unavailable" };
  t.like(await t.throwsAsync(storage.get("a/b")), away);
  t.like(await t.throwsAsync(storage.put("a/b", Buffer.from("1"), "text/plain")), away);
});

test("a storage URL names a folder or a bucket", (t) => {
  t.deepEqual(parseStorageUrl("file:.shopmesh/storage"), { kind: "folder", folder: ".shopmesh/storage" });
  t.deepEqual(parseStorageUrl("file:///var/lib/shop"), { kind: "folder", folder: "/var/lib/shop" });
  t.deepEqual(parseStorageUrl("s3://shop?endpoint=http://s3:8333&region=eu-central-1"), {
    kind: "s3",
    bucket: "shop",
    endpoint: "http://s3:8333",
    region: "eu-central-1",
  });
  t.like(parseStorageUrl("s3://shop"), { endpoint: undefined, region: "us-east-1" });
});

const malformed = test.macro({
  exec: (t, url: string) => void t.throws(() => parseStorageUrl(url), { message: /^(must|knows) / }),
  title: (_, url) => `"${url}" is no storage URL`,
});
for (const url of [
  "file:",
  "file://host/x",
  "shop",
  "http://shop",
  "s3://",
  "s3://a",
  "s3://shop?endpoint=s3:8333",
  "s3://shop?key=1",
]) {
  test(malformed, url);
}

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
