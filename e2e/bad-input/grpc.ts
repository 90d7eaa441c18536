import { connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { forgedToken, unsignedToken } from "./tokens.ts";

const LIST = "/shop.catalog.v1.CatalogService/ListProducts";
const REFLECT = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const MEBIBYTE = 1024 * 1024;

/** A call that should never have been made, and how it ends, at the gateway as at a service's own port: "<status> <reason>". */
export type BadCall = {
  readonly name: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly told: string;
};

/** `message` in an envelope that says it is `length` long. */
function enveloped(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

const nothing = new Uint8Array();
const malformed = "3 MALFORMED_REQUEST";
const tooLarge = "8 BODY_TOO_LARGE";
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What both doors are sent over HTTP/2. */
export const badCalls: readonly BadCall[] = [
  { name: "a message that is cut off", body: enveloped(Buffer.of(0x12, 0x7f)), told: malformed },
  { name: "a string that is no UTF-8", body: enveloped(Buffer.of(0x12, 1, 0xff)), told: malformed },
  {
    name: "a value that the contract forbids",
    body: enveloped(Buffer.from("08ffffffffffffffffff01", "hex")),
    told: "3 VALIDATION_FAILED",
  },
  { name: "a nesting bomb", body: enveloped(Buffer.alloc(1_000_000, 0x7b)), told: "3 NESTING_TOO_DEEP" },
  { name: "no message", body: nothing, told: malformed },
  { name: "an envelope that is cut off", body: enveloped(nothing, 0, 100), told: malformed },
  { name: "a message of 10 MB", body: enveloped(Buffer.alloc(10_000_000)), told: tooLarge },
  {
    name: "a gzip bomb",
    headers: { "grpc-encoding": "gzip" },
    body: enveloped(gzipSync(Buffer.alloc(100 * MEBIBYTE)), 1),
    told: tooLarge,
  },
  {
    name: "gzip that is none",
    headers: { "grpc-encoding": "gzip" },
    body: enveloped(Buffer.of(1, 2), 1),
    told: malformed,
  },
  { name: "a timeout that is none", headers: { "grpc-timeout": "soon" }, told: "3 TIMEOUT_MALFORMED" },
  { name: "a method that is not there", path: "/shop.catalog.v1.CatalogService/Steal", told: "12 METHOD_UNKNOWN" },
  { name: "a service that is not there", path: "/shop.nobody.v1.Nobody/Do", told: "12 METHOD_UNKNOWN" },
  { name: "a token that nobody signed", headers: bearer(unsignedToken()), told: "16 TOKEN_INVALID" },
  { name: "a token that somebody else signed", headers: bearer(forgedToken()), told: "16 TOKEN_INVALID" },
  {
    name: "reflection asked in a message that is cut off",
    path: REFLECT,
    body: enveloped(Buffer.of(0x22, 0x7f)),
    told: malformed,
  },
];

/** How it ends at `address` ("127.0.0.1:9003"). */
export async function callBad(
  address: string,
  { path = LIST, headers = {}, body = enveloped(nothing) }: BadCall,
): Promise<string> {
  const session = connect(`http://${address}`);
  try {
    return await new Promise<string>((resolve, reject) => {
      const told: Record<string, string | undefined> = {};
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
      });
      session.once("error", reject);
      stream.on("response", (fields) => Object.assign(told, fields));
      stream.on("trailers", (fields) => Object.assign(told, fields));
      // A server that has refused need not take the rest.
      stream.on("error", () => undefined);
      stream.once("close", () => resolve(verdictOf(told)));
      stream.resume().end(body);
    });
  } finally {
    session.destroy();
  }
}

function verdictOf(told: Readonly<Record<string, string | undefined>>): string {
  const details = Buffer.from(told["grpc-status-details-bin"] ?? "", "base64");
  const [detail] = fromBinary(StatusSchema, details).details;
  return `${told["grpc-status"]} ${detail === undefined ? undefined : anyUnpack(detail, ErrorInfoSchema)?.reason}`;
}
