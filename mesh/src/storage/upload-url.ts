import { createHmac, timingSafeEqual } from "node:crypto";
import { type Clock, DomainError } from "@shopmesh/kernel";
import type { Storage } from "../storage.ts";

const UPLOADS = "/media/uploads/";
const MAX_KEY_LENGTH = 512;
/** Segments of letters, digits, "_", "-" and inner dots: nothing hidden, nothing above, nothing to escape. */
const KEY = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)*$/;

/** Signs and verifies upload URLs; keeps nothing. */
export type UploadSigner = {
  readonly sign: Storage["uploadUrl"];
  readonly verify: Storage["verifyUpload"];
};

/** Throws STORAGE_KEY_INVALID unless `key` is a relative path that stays inside. */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_LENGTH || !KEY.test(key) || key.startsWith("uploads/")) {
    throw new DomainError("invalid", "STORAGE_KEY_INVALID", { key: key.slice(0, MAX_KEY_LENGTH) });
  }
}

/** The path of the object at `key`. */
export function publicPath(key: string): string {
  checkKey(key);
  return `/media/${key}`;
}

/** Upload URLs signed by HMAC-SHA-256 over key, type, size and expiry. */
export function createUploadSigner(secret: Uint8Array, clock: Clock): UploadSigner {
  const signatureOf = (fields: readonly (string | number)[]) =>
    createHmac("sha256", secret)
      .update(JSON.stringify(["PUT", ...fields]))
      .digest();
  return {
    sign(key, { contentType, maxBytes, expireMs }) {
      checkKey(key);
      const query = new URLSearchParams({
        type: contentType,
        max: String(maxBytes),
        expire: String(expireMs),
        signature: signatureOf([key, contentType, maxBytes, expireMs]).toString("base64url"),
      });
      return `${UPLOADS}${key}?${query.toString()}`;
    },
    verify(path, query) {
      if (!path.startsWith(UPLOADS)) throw invalid();
      const key = path.slice(UPLOADS.length);
      const contentType = query.get("type") ?? "";
      const maxBytes = Number(query.get("max"));
      const expireMs = Number(query.get("expire"));
      const given = Buffer.from(query.get("signature") ?? "", "base64url");
      const wanted = signatureOf([key, contentType, maxBytes, expireMs]);
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw invalid();
      if (clock() >= expireMs) throw new DomainError("denied", "UPLOAD_URL_EXPIRED", { expireMs: String(expireMs) });
      return { key, contentType, maxBytes };
    },
  };
}

function invalid(): DomainError {
  return new DomainError("denied", "UPLOAD_URL_INVALID");
}
