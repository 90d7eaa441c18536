import { DomainError } from "@shopmesh/kernel";

// What a transport refuses by itself, before any handler: each says what was wrong, and what would be right.

const MAX_TOLD_LENGTH = 256;

export function cancelled(cause?: unknown): DomainError {
  return new DomainError("cancelled", "CANCELLED", {}, { cause });
}

export function draining(): DomainError {
  return new DomainError("unavailable", "DRAINING", {}, { message: "this server is stopping: resume at another one" });
}

export function bodyTooLarge(maxBytes: number, cause?: unknown): DomainError {
  return new DomainError(
    "exhausted",
    "BODY_TOO_LARGE",
    { max_bytes: String(maxBytes) },
    { message: `the body is too large: send at most ${maxBytes} bytes, counted after decompression`, cause },
  );
}

export function bodyTimeout(timeoutMs: number): DomainError {
  return new DomainError(
    "deadline",
    "BODY_TIMEOUT",
    { within_ms: String(timeoutMs) },
    { message: `the body did not arrive within ${timeoutMs} ms: send it faster, or less` },
  );
}

/** `problem` says what is wrong: "the message is cut off". */
export function malformedRequest(problem: string, cause?: unknown): DomainError {
  const message = `the request is malformed: ${problem}`;
  return new DomainError("invalid", "MALFORMED_REQUEST", { problem }, { message, cause });
}

export function nestingTooDeep(maxDepth: number): DomainError {
  return new DomainError(
    "invalid",
    "NESTING_TOO_DEEP",
    { max_depth: String(maxDepth) },
    { message: `the message nests too deep: at most ${maxDepth} messages in each other` },
  );
}

export function methodUnknown(path: string): DomainError {
  const method = path.slice(0, MAX_TOLD_LENGTH);
  const message = `there is no method ${method}: reflection lists those there are`;
  return new DomainError("unimplemented", "METHOD_UNKNOWN", { method }, { message });
}

export function methodNotAllowed(method: string, allowed: string): DomainError {
  const message = `${method} is not allowed here: use ${allowed}`;
  return new DomainError("unimplemented", "METHOD_NOT_ALLOWED", { method, allowed }, { message });
}

export function contentTypeUnknown(given: string, accepted: string): DomainError {
  const contentType = given.slice(0, MAX_TOLD_LENGTH);
  const message = `the content type "${contentType}" is not spoken here: use one of ${accepted}`;
  return new DomainError("invalid", "CONTENT_TYPE_UNKNOWN", { content_type: contentType, accepted }, { message });
}

export function encodingUnknown(given: string, accepted: string): DomainError {
  const encoding = given.slice(0, MAX_TOLD_LENGTH);
  const message = `the encoding "${encoding}" is not known here: use none or one of ${accepted}`;
  return new DomainError("unimplemented", "ENCODING_UNKNOWN", { encoding, accepted }, { message });
}

export function timeoutMalformed(header: string, given: string, expected: string): DomainError {
  const value = given.slice(0, MAX_TOLD_LENGTH);
  const message = `${header}: "${value}" is no timeout: use ${expected}`;
  return new DomainError("invalid", "TIMEOUT_MALFORMED", { header, value, expected }, { message });
}

export function queryMalformed(parameter: string, expected: string): DomainError {
  const message = `the query's ${parameter} is malformed: it must be ${expected}`;
  return new DomainError("invalid", "QUERY_MALFORMED", { parameter, expected }, { message });
}

export function headersTooLarge(limits: { readonly maxHeaderBytes: number; readonly maxHeaders: number }): DomainError {
  const { maxHeaderBytes, maxHeaders } = limits;
  return new DomainError(
    "exhausted",
    "HEADERS_TOO_LARGE",
    { max_bytes: String(maxHeaderBytes), max_count: String(maxHeaders) },
    { message: `the headers are too large: send at most ${maxHeaders}, of ${maxHeaderBytes} bytes together` },
  );
}

export function requestTimeout(withinMs: number): DomainError {
  const message = `the request did not arrive within ${withinMs} ms: send it faster`;
  return new DomainError("deadline", "REQUEST_TIMEOUT", { within_ms: String(withinMs) }, { message });
}

/** `problem` is the parser's own word. */
export function httpMalformed(problem: string): DomainError {
  const message = `this is neither HTTP/1.1 nor HTTP/2: ${problem}`;
  return new DomainError("invalid", "HTTP_MALFORMED", { problem }, { message });
}
