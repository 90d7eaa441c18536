import { type DescMessage, fromBinary, fromJsonString, type Message, type Registry } from "@bufbuild/protobuf";
import { DomainError, type FieldViolation } from "@shopmesh/kernel";
import { nestingTooDeep } from "./refusals.ts";

/** Messages may nest this deep; what the contracts hold is below 10. */
const MAX_NESTING = 64;
/** What a problem may say of a client's own words. */
const MAX_PROBLEM_LENGTH = 300;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The message of `schema` in protobuf's binary form; fields that this contract does not know are kept and passed on.
 * Throws MALFORMED_REQUEST, NESTING_TOO_DEEP.
 */
export function decodeBinary(schema: DescMessage, bytes: Uint8Array): Message {
  try {
    return fromBinary(schema, bytes, { recursionLimit: MAX_NESTING });
  } catch (error) {
    throw refusalOf(schema, error);
  }
}

/**
 * The message of `schema` in protobuf's JSON form; names that this contract does not know are passed over, a name
 * that comes twice is not. `registry` is what a google.protobuf.Any may hold. Throws MALFORMED_REQUEST (with the field, where one is wrong), NESTING_TOO_DEEP.
 */
export function decodeJson(schema: DescMessage, bytes: Uint8Array, registry: Registry): Message {
  // JSON.parse has no bound of its own, so the bound comes before it.
  if (bytes.length > MAX_NESTING) checkNesting(bytes);
  try {
    const options = { ignoreUnknownFields: true, recursionLimit: MAX_NESTING, registry };
    return fromJsonString(schema, utf8.decode(bytes), options);
  } catch (error) {
    throw refusalOf(schema, error);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function checkNesting(bytes: Uint8Array): void {
  let depth = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) {
      index = endOfString(bytes, index);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > MAX_NESTING) throw nestingTooDeep(MAX_NESTING);
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1;
    }
  }
}

function endOfString(bytes: Uint8Array, start: number): number {
  for (let index = start + 1; index < bytes.length; index++) {
    if (bytes[index] === BACKSLASH) index += 1;
    else if (bytes[index] === QUOTE) return index;
  }
  return bytes.length;
}

function refusalOf(schema: DescMessage, error: unknown): DomainError {
  const problem = error instanceof Error ? error.message : String(error);
  if (/recursion depth/.test(problem)) return nestingTooDeep(MAX_NESTING);
  const told = problem.slice(0, MAX_PROBLEM_LENGTH);
  const field = fieldOf(error);
  const violations: readonly FieldViolation[] =
    field === undefined ? [] : [{ field, description: told, rule: "format" }];
  const metadata = { message: schema.typeName, ...(field === undefined ? {} : { field }) };
  return new DomainError("invalid", "MALFORMED_REQUEST", metadata, {
    message: `the request is no ${schema.typeName}: ${told}`,
    violations,
    cause: error,
  });
}

/** The name of the field that protobuf's reader says is wrong; it tells the innermost. */
function fieldOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== "object" || cause === null || !("field" in cause) || typeof cause.field !== "function") {
    return undefined;
  }
  const field: unknown = cause.field();
  return typeof field === "object" && field !== null && "name" in field ? String(field.name) : undefined;
}
