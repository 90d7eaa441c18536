import { DomainError, type ErrorKind } from "@shopmesh/kernel";

const names: Readonly<Record<ErrorKind, string>> = {
  invalid: "INVALID_ARGUMENT",
  unauthenticated: "UNAUTHENTICATED",
  denied: "PERMISSION_DENIED",
  "not-found": "NOT_FOUND",
  exists: "ALREADY_EXISTS",
  precondition: "FAILED_PRECONDITION",
  aborted: "ABORTED",
  exhausted: "RESOURCE_EXHAUSTED",
  unavailable: "UNAVAILABLE",
  deadline: "DEADLINE_EXCEEDED",
  cancelled: "CANCELLED",
  unimplemented: "UNIMPLEMENTED",
  internal: "INTERNAL",
};

const faults: ReadonlySet<ErrorKind> = new Set(["unavailable", "deadline", "unimplemented", "internal"]);

/** The gRPC status by which a call that threw `error` ends; "OK" for undefined. */
export function statusName(error: unknown): string {
  if (error === undefined) return "OK";
  return error instanceof DomainError ? names[error.kind] : "INTERNAL";
}

/** Whether `error` is the mesh's own failing rather than an answer to its caller. */
export function isFault(error: unknown): boolean {
  return !(error instanceof DomainError) || faults.has(error.kind);
}
