import { type JsonObject, toBinary, toJson } from "@bufbuild/protobuf";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import type { Status } from "../../status.ts";

/** How Connect names each code, and the HTTP status that says the same. */
const codes: ReadonlyMap<number, readonly [name: string, httpStatus: number]> = new Map([
  [1, ["canceled", 499]],
  [3, ["invalid_argument", 400]],
  [4, ["deadline_exceeded", 504]],
  [5, ["not_found", 404]],
  [6, ["already_exists", 409]],
  [7, ["permission_denied", 403]],
  [8, ["resource_exhausted", 429]],
  [9, ["failed_precondition", 400]],
  [10, ["aborted", 409]],
  [12, ["unimplemented", 501]],
  [13, ["internal", 500]],
  [14, ["unavailable", 503]],
  [16, ["unauthenticated", 401]],
]);
const internal = ["internal", 500] as const;

/** What HTTP has a more telling status for than for the reason's code. */
const statusesByReason: Readonly<Record<string, number>> = {
  BODY_TOO_LARGE: 413,
  BODY_TIMEOUT: 408,
  HEADERS_TOO_LARGE: 431,
  METHOD_NOT_ALLOWED: 405,
  METHOD_UNKNOWN: 404,
  CONTENT_TYPE_MISMATCH: 415,
  CONTENT_TYPE_UNKNOWN: 415,
};

/** The HTTP status of a refusal. */
export function httpStatusOf({ code, info }: Status): number {
  return statusesByReason[info.reason] ?? (codes.get(code) ?? internal)[1];
}

/** A refusal as Connect writes it: code, message, and the one ErrorInfo in full and, for people, in words. */
export function errorJsonOf({ code, message, info }: Status): JsonObject {
  return {
    code: (codes.get(code) ?? internal)[0],
    message,
    details: [
      {
        type: info.$typeName,
        value: Buffer.from(toBinary(ErrorInfoSchema, info)).toString("base64").replace(/=+$/, ""),
        debug: toJson(ErrorInfoSchema, info),
      },
    ],
  };
}
