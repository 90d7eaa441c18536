import { createHmac, timingSafeEqual } from "node:crypto";

/** A bearer token that proves itself, so that a restarted sandbox still knows it. Lives in real time. */
export function issueToken(secret: string, lifeSeconds: number): string {
  const expiresAt = String(Date.now() + lifeSeconds * 1000);
  return `${expiresAt}.${sign(secret, expiresAt)}`;
}

export function isTokenValid(secret: string, token: string): boolean {
  const [expiresAt = "", signature = ""] = token.split(".");
  const expected = Buffer.from(sign(secret, expiresAt));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) && Number(expiresAt) > Date.now();
}

function sign(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
