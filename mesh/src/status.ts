import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyPack, anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Status as RpcStatus, StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { type ErrorInfo, ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError, type ErrorKind } from "@shopmesh/kernel";

/** The gRPC code of each kind; Connect's codes are the same numbers. */
const codes = {
  cancelled: 1,
  invalid: 3,
  deadline: 4,
  "not-found": 5,
  exists: 6,
  denied: 7,
  exhausted: 8,
  precondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const satisfies Record<ErrorKind, number>;

const kinds = new Map<number, ErrorKind>(
  Object.entries(codes).map(([kind, code]) => [code, kind as ErrorKind] as const),
);

/** A call's end as plain values: what every transport carries, never an Error object. */
export type Status = {
  readonly code: number;
  readonly message: string;
  readonly info: ErrorInfo;
};

/** The status of an error. Whatever is not a DomainError is a bug: the caller reads "internal error" and no more. */
export function statusOf(error: unknown): Status {
  const known =
    error instanceof DomainError ? error : new DomainError("internal", "INTERNAL", {}, { message: "internal error" });
  return {
    code: codes[known.kind],
    message: known.message,
    info: create(ErrorInfoSchema, {
      reason: known.reason,
      domain: "shopmesh",
      metadata: { ...known.metadata },
      violations: known.violations.map(({ field, description, rule }) => ({
        field,
        description,
        rule,
      })),
    }),
  };
}

/** The DomainError that a status is on the side of its caller. */
export function errorOf(code: number, message: string, info: ErrorInfo | undefined): DomainError {
  const kind = kinds.get(code) ?? "internal";
  return new DomainError(kind, info?.reason ?? defaultReason(kind), info?.metadata ?? {}, {
    message,
    violations: info?.violations ?? [],
  });
}

const tried = new WeakSet<object>();

/** Remembers that a call which failed with `error` was tried again where that was safe. */
export function markTried(error: unknown): void {
  if (error instanceof DomainError) tried.add(error);
}

/**
 * Whether a failure is not to be tried again by who called: it came from further on and was tried there, or it says that
 * there is too much to do.
 */
export function isFinal(error: unknown): boolean {
  return error instanceof DomainError && (tried.has(error) || error.reason === "OVERLOADED");
}

/** The status of an error as a message. */
export function statusMessageOf({ code, message, info }: Status): RpcStatus {
  return create(StatusSchema, { code, message, details: [anyPack(ErrorInfoSchema, info)] });
}

/** The value of the trailer grpc-status-details-bin. */
export function encodeDetails(status: Status): Uint8Array {
  return toBinary(StatusSchema, statusMessageOf(status));
}

/** The ErrorInfo in a grpc-status-details-bin trailer; undefined where there is none or it is not ours. */
export function decodeDetails(bytes: Uint8Array): ErrorInfo | undefined {
  try {
    for (const detail of fromBinary(StatusSchema, bytes).details) {
      const info = anyUnpack(detail, ErrorInfoSchema);
      if (info !== undefined) return info;
    }
  } catch {
    // Another implementation's trailer that we cannot read tells us nothing more than its code.
  }
  return undefined;
}

function defaultReason(kind: ErrorKind): string {
  return kind.toUpperCase().replaceAll("-", "_");
}
