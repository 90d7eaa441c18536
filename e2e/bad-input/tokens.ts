import { generateKeyPairSync, sign } from "node:crypto";

const claims = { sub: "0190a5b2-0000-7000-8000-000000000001", sid: "s", roles: ["admin"], exp: 4_000_000_000 };

/** An administrator's actor token that says it needs no signature. */
export function unsignedToken(): string {
  return `${part({ alg: "none" })}.${part(claims)}.x`;
}

/** An administrator's actor token, signed with a key of one's own. */
export function forgedToken(): string {
  const signed = `${part({ alg: "EdDSA", kid: "mine" })}.${part(claims)}`;
  const { privateKey } = generateKeyPairSync("ed25519");
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
