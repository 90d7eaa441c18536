import { once } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import test, { type ExecutionContext } from "ava";
import { addHealth } from "../../src/host/health.ts";
import { addReflection } from "../../src/host/reflection.ts";
import { createGrpcServer } from "../../src/transport/grpc/server.ts";

const GET = "/shop.inventory.v1.InventoryService/GetAvailability";
const WATCH = "/shop.inventory.v1.InventoryService/WatchAvailability";
const REFLECT = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const MEBIBYTE = 1024 * 1024;

type Bad = {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** A service's own port, without any service behind it. */
async function openServer(t: ExecutionContext): Promise<ClientHttp2Session> {
  const grpc = createGrpcServer([InventoryService], () => t.fail("a malformed request was passed on") as never);
  addHealth(grpc.server, [InventoryService]);
  addReflection(grpc.server, [InventoryService]);
  const port = await grpc.listen("127.0.0.1:0");
  const session = connect(`http://127.0.0.1:${port}`);
  t.teardown(async () => (session.destroy(), grpc.stop(0)));
  return session;
}

/** "<gRPC status> <reason>" of the answer. */
async function verdict(session: ClientHttp2Session, { path = GET, headers = {}, body }: Bad): Promise<string> {
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const told: Record<string, string | undefined> = {};
  stream.on("response", (fields) => Object.assign(told, fields));
  stream.on("trailers", (fields) => Object.assign(told, fields));
  stream.resume().end(body);
  await once(stream, "end");
  const details = Buffer.from(told["grpc-status-details-bin"] ?? "", "base64");
  const [detail] = fromBinary(StatusSchema, details).details;
  const info = detail === undefined ? undefined : anyUnpack(detail, ErrorInfoSchema);
  return `${told["grpc-status"]} ${info?.reason}`;
}

function enveloped(message: Uint8Array, flags = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

const refused = test.macro({
  exec: async (t, bad: Bad, told: string) => {
    const session = await openServer(t);
    t.is(await verdict(session, bad), told);
    t.is(await verdict(session, { body: enveloped(Buffer.of(0xff)) }), "3 MALFORMED_REQUEST", "the port goes on");
  },
  title: (name) => name ?? "",
});
const nothing = Buffer.alloc(0);
const timeout = (value: string): Bad => ({ headers: { "grpc-timeout": value }, body: enveloped(nothing) });
const zipped = (body: Uint8Array, encoding = "gzip"): Bad => ({ headers: { "grpc-encoding": encoding }, body });

test("a message that is cut off", refused, { body: enveloped(Buffer.of(0x0a, 0x7f)) }, "3 MALFORMED_REQUEST");
test(
  "a stream's message that is cut off",
  refused,
  { path: WATCH, body: enveloped(Buffer.of(0x0a, 0x7f)) },
  "3 MALFORMED_REQUEST",
);
test("a string that is no UTF-8", refused, { body: enveloped(Buffer.of(0x0a, 1, 0xff)) }, "3 MALFORMED_REQUEST");
test("groups in groups", refused, { body: enveloped(Buffer.alloc(20_000, 0x7b)) }, "3 NESTING_TOO_DEEP");
test("no message", refused, { body: nothing }, "3 MALFORMED_REQUEST");
test("two messages", refused, { body: Buffer.concat([enveloped(nothing), enveloped(nothing)]) }, "3 MALFORMED_REQUEST");
test("an envelope that is cut off", refused, { body: enveloped(nothing, 0, 100) }, "3 MALFORMED_REQUEST");
test("a message of 5 MiB", refused, { body: enveloped(Buffer.alloc(5 * MEBIBYTE)) }, "8 BODY_TOO_LARGE");
test("a message that says it is 4 GiB", refused, { body: enveloped(nothing, 0, 0xffff_ffff) }, "8 BODY_TOO_LARGE");
test(
  "a message that grows to 50 MiB",
  refused,
  zipped(enveloped(gzipSync(Buffer.alloc(50 * MEBIBYTE)), 1)),
  "8 BODY_TOO_LARGE",
);
test(
  "a message that is not what its encoding says",
  refused,
  zipped(enveloped(Buffer.of(1, 2), 1)),
  "3 MALFORMED_REQUEST",
);
test("an encoding that nobody knows", refused, zipped(enveloped(Buffer.of(1), 1), "zstd"), "12 ENCODING_UNKNOWN");
test("a timeout that is none", refused, timeout("soon"), "3 TIMEOUT_MALFORMED");
test("a timeout without a unit", refused, timeout("1000"), "3 TIMEOUT_MALFORMED");
test(
  "a method that is not there",
  refused,
  { path: "/shop.inventory.v1.InventoryService/Steal", body: enveloped(nothing) },
  "12 METHOD_UNKNOWN",
);
test("a service that is not there", refused, { path: "/a.b/C", body: enveloped(nothing) }, "12 METHOD_UNKNOWN");
test(
  "reflection asked in a message that is cut off",
  refused,
  { path: REFLECT, body: enveloped(Buffer.of(0x22, 0x7f)) },
  "3 MALFORMED_REQUEST",
);
