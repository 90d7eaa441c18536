/** A new key for a call that must not have its effect twice. `crypto.randomUUID` wants https, this does not. */
export function newRequestId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
