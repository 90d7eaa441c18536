import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { type DescMessage, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { holdsSensitive } from "../contract.ts";

/** How a method's responses are kept. `scope` binds a sealed one to its own key. */
export type ResponseCodec = {
  readonly encode: (response: Message, scope: Uint8Array) => Uint8Array;
  readonly decode: (bytes: Uint8Array, scope: Uint8Array) => Message;
};

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Responses that may hold something sensitive are sealed under `sealKey` (32 bytes), others kept plain. */
export function createResponseCodec(output: DescMessage, sealKey: Uint8Array): ResponseCodec {
  if (!holdsSensitive(output)) {
    return {
      encode: (response) => toBinary(output, response),
      decode: (bytes) => fromBinary(output, bytes),
    };
  }
  const key = createSecretKey(sealKey);
  return {
    encode: (response, scope) => seal(toBinary(output, response), scope, key),
    decode: (bytes, scope) => fromBinary(output, unseal(bytes, scope, key)),
  };
}

function seal(plain: Uint8Array, scope: Uint8Array, key: KeyObject): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(scope);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unseal(sealed: Uint8Array, scope: Uint8Array, key: KeyObject): Uint8Array {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce).setAAD(scope).setAuthTag(tag);
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
