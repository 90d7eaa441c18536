/** Why a call is refused, in words that do not depend on a transport. Each is one gRPC status. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "denied"
  | "not-found"
  | "exists"
  | "precondition"
  | "aborted"
  | "exhausted"
  | "unavailable"
  | "deadline"
  | "cancelled"
  | "unimplemented"
  | "internal";

/** What is wrong with one field of a request; `field` is its path: "address.country_code". */
export type FieldViolation = {
  readonly field: string;
  readonly description: string;
  readonly rule: string;
};

/** The values that an error's message tells, for programs. */
export type ErrorMetadata = Readonly<Record<string, string>>;

/**
 * The one error class: a refusal that ends the call. `reason` is stable API (UPPER_SNAKE_CASE).
 * A remote refusal arrives at its caller as the same DomainError.
 */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly reason: string;
  readonly metadata: ErrorMetadata;
  readonly violations: readonly FieldViolation[];

  constructor(
    kind: ErrorKind,
    reason: string,
    metadata: ErrorMetadata = {},
    options: {
      message?: string;
      violations?: readonly FieldViolation[];
      cause?: unknown;
    } = {},
  ) {
    super(
      options.message ?? describe(reason, metadata),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "DomainError";
    this.kind = kind;
    this.reason = reason;
    this.metadata = metadata;
    this.violations = options.violations ?? [];
  }
}

/** Whether `error` is a refusal with `reason`; narrows it. */
export function isRefusal(error: unknown, reason?: string): error is DomainError {
  return error instanceof DomainError && (reason === undefined || error.reason === reason);
}

function describe(reason: string, metadata: ErrorMetadata): string {
  const words = reason.toLowerCase().replaceAll("_", " ");
  const values = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  return values.length === 0 ? words : `${words}: ${values.join(", ")}`;
}
