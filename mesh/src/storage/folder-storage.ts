import { randomUUID } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "@shopmesh/kernel";
import type { Disk } from "flydrive";
import type { Storage } from "../storage.ts";
import { checkKey, createUploadSigner, publicPath } from "./upload-url.ts";

/** What a folder storage is made of. */
export type FolderStorageOptions = {
  /** Made when first written to; shared by every process of the machine. */
  readonly folder: string;
  /** Signs upload URLs: the same in every service and the gateway. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
};

/**
 * Objects as files under `folder`/objects, their content types beside under `folder`/types. A reader sees an object
 * whole or not at all. Throws STORAGE_KEY_INVALID for a key that could leave the folder.
 */
export function createFolderStorage({ folder, secret, clock }: FolderStorageOptions): Storage {
  let opened: Promise<Disk> | undefined;
  const open = (): Promise<Disk> => (opened ??= openDisk(folder));
  const signer = createUploadSigner(secret, clock);
  const write = async (path: string, contents: Uint8Array | string) => {
    const draft = `drafts/${randomUUID()}`;
    await (await open()).put(draft, contents);
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    // flydrive's own move copies: a reader could see half of it.
    await rename(join(folder, draft), target);
  };
  return {
    async put(key, bytes, contentType) {
      checkKey(key);
      // The type first: whoever finds the object finds its type.
      await write(`types/${key}`, contentType);
      await write(`objects/${key}`, bytes);
    },
    async get(key) {
      checkKey(key);
      const disk = await open();
      try {
        const [bytes, contentType] = await Promise.all([disk.getBytes(`objects/${key}`), disk.get(`types/${key}`)]);
        return { bytes, contentType };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async remove(key) {
      checkKey(key);
      const disk = await open();
      await disk.delete(`objects/${key}`);
      await disk.delete(`types/${key}`);
    },
    uploadUrl: signer.sign,
    verifyUpload: signer.verify,
    publicUrl: publicPath,
  };
}

// Few processes keep anything: the others need not load it to start.
async function openDisk(location: string): Promise<Disk> {
  const [{ Disk }, { FSDriver }] = await Promise.all([import("flydrive"), import("flydrive/drivers/fs")]);
  return new Disk(new FSDriver({ location, visibility: "public" }));
}

/** Whether flydrive failed for want of the file (or of a folder on its way). */
function isMissing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR";
}
