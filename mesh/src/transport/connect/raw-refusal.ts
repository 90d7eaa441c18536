import { STATUS_CODES } from "node:http";
import type { Status } from "../../status.ts";
import { errorJsonOf } from "./error-json.ts";

/** A refusal as bytes, for where no request came to be: it ends its connection. */
export function rawRefusal(httpStatus: number, status: Status): string {
  const body = JSON.stringify(errorJsonOf(status));
  return [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ""}`,
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
