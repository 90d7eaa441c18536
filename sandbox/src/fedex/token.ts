import { createHmac, timingSafeEqual } from "node:crypto";

const lifeSeconds = 3600;

/** A bearer token that proves itself, so that a restarted sandbox still knows it. Lives an hour of real time. */
export function issueToken(secret: string): {
  readonly access_token: string;
  readonly token_type: "bearer";
  readonly expires_in: number;
  readonly scope: "CXS";
} {
  const expiresAt = String(Date.now() + lifeSeconds * 1000);
  return {
    access_token: `${expiresAt}.${sign(secret, expiresAt)}`,
    token_type: "bearer",
    expires_in: lifeSeconds - 1,
    scope: "CXS",
  };
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
