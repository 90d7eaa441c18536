import { createHmac, timingSafeEqual } from "node:crypto";

/** Which service a token names; undefined for a token that this key did not make. */
export type CallerVerifier = (token: string) => string | undefined;

/** The token by which service `name` tells who it is, on loopback: `<name>.<hmac>`, made with the launcher's key. */
export function callerToken(meshKey: Uint8Array, name: string): string {
  return `${name}.${createHmac("sha256", meshKey).update(name).digest("base64url")}`;
}

/** Verifies caller tokens; each distinct valid one costs one HMAC in a process's life. */
export function createCallerVerifier(meshKey: Uint8Array): CallerVerifier {
  const verified = new Map<string, string>();
  return (token) => {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const name = token.slice(0, Math.max(0, token.indexOf(".")));
    const expected = Buffer.from(callerToken(meshKey, name));
    const given = Buffer.from(token);
    if (name === "" || expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
    verified.set(token, name);
    return name;
  };
}
