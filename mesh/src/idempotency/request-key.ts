import { createHash, createHmac, createSecretKey } from "node:crypto";
import { type DescField, type DescMessage, type DescMethod, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { type Actor, principalOf } from "../call.ts";

/** How the key and the identity of a method's requests are read; decided once. */
export type RequestKey = {
  /** The request's own id; empty where the caller gave none. */
  readonly requestIdOf: (request: Message) => string;
  /** What one principal does with one method under one id: SHA-256. */
  readonly scopeOf: (actor: Actor, caller: string, requestId: string) => Uint8Array;
  /** The same for the same request only. Keyed: a request may hold a password, and its plain digest could be guessed. */
  readonly hashOf: (request: Message) => Uint8Array;
};

/** The key of `method`'s requests. Throws where they have no `request_id`. */
export function createRequestKey(method: DescMethod, hashKey: Uint8Array): RequestKey {
  const field = requestIdField(method);
  const name = `${method.parent.typeName}/${method.name}`;
  const encode = holdsMap(method.input) ? orderedText : binary;
  // Made once: of bare bytes a key is made again for each digest, which costs several times as much as the digest.
  const key = createSecretKey(hashKey);
  return {
    requestIdOf: (request) => String((request as unknown as Record<string, unknown>)[field.localName]),
    scopeOf: (actor, caller, requestId) =>
      createHash("sha256")
        .update(`${principalOf(actor, caller)}\0${name}\0${requestId}`)
        .digest(),
    hashOf: (request) => createHmac("sha256", key).update(encode(method.input, request)).digest(),
  };
}

function requestIdField(method: DescMethod): DescField {
  const field = method.input.fields.find((candidate) => candidate.name === "request_id");
  if (field === undefined) {
    throw new Error(
      `${method.parent.typeName}/${method.name} declares idempotency, and ${method.input.name} has no request_id`,
    );
  }
  return field;
}

function binary(input: DescMessage, request: Message): Uint8Array {
  return toBinary(input, request);
}

// A map's entries are encoded in the order in which they came, which means nothing.
function orderedText(input: DescMessage, request: Message): string {
  return JSON.stringify(toJson(input, request), (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)))
      : value,
  );
}

function holdsMap(message: DescMessage, seen: Set<string> = new Set()): boolean {
  if (seen.has(message.typeName)) return false;
  seen.add(message.typeName);
  return message.fields.some(
    (field) => field.fieldKind === "map" || (field.message !== undefined && holdsMap(field.message, seen)),
  );
}
