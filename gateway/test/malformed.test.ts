import { gzipSync } from "node:zlib";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { StatusSchema } from "@shopmesh/contracts/google/rpc/status_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import test from "ava";
import { openDoor } from "./door.ts";

const LIST = "/shop.catalog.v1.CatalogService/ListProducts";
const WATCH = "/shop.cart.v1.CartService/WatchCart";
const CREATE = "/shop.cart.v1.CartService/CreateCart";
const JSON_TYPE = "application/json";
const MEBIBYTE = 1024 * 1024;

type Bad = {
  readonly path?: string;
  readonly method?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
};

/** What an answer says, whichever protocol says it: "<HTTP status> <code> <reason>". */
async function verdict(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  const body = Buffer.from(await response.arrayBuffer());
  if (type === JSON_TYPE) return `${response.status} ${said(JSON.parse(body.toString()))}`;
  const end = body.subarray(5).toString();
  if (type.startsWith("application/connect+")) return `${response.status} ${said(JSON.parse(end).error)}`;
  const details = /grpc-status-details-bin: (\S+)/.exec(end)?.[1] ?? "";
  const status = fromBinary(StatusSchema, Buffer.from(details, "base64"));
  const info = status.details[0] === undefined ? undefined : anyUnpack(status.details[0], ErrorInfoSchema);
  return `${response.status} ${status.code} ${info?.reason}`;
}

function said(error: { readonly code: string; readonly details: readonly { readonly debug: { reason: string } }[] }) {
  return `${error.code} ${error.details[0]?.debug.reason}`;
}

/** `message` in an envelope, whose length is told as `length`. */
function enveloped(message: Uint8Array | string, flags = 0, length?: number): Buffer {
  const bytes = Buffer.from(message);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flags);
  prefix.writeUInt32BE(length ?? bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
}

const refused = test.macro({
  exec: async (t, { path = LIST, method = "POST", type = JSON_TYPE, headers = {}, body = "{}" }: Bad, told: string) => {
    const { url, sent } = await openDoor(t);
    const response = await fetch(url + path, {
      method,
      headers: { ...(type === "" ? {} : { "content-type": type }), ...headers },
      ...(method === "GET" ? {} : { body }),
    });
    t.is(await verdict(response), told);
    t.deepEqual(sent, []);
  },
  title: (name) => name ?? "",
});

const malformed = "400 invalid_argument MALFORMED_REQUEST";
const tooDeep = "400 invalid_argument NESTING_TOO_DEEP";
const tooLarge = "413 resource_exhausted BODY_TOO_LARGE";

test("JSON that is cut off", refused, { body: '{"pageSize":' }, malformed);
test("JSON that is no object", refused, { body: "[1]" }, malformed);
test("an empty body where JSON should be", refused, { body: "" }, malformed);
test("a number where a word should be", refused, { body: '{"categoryId":7}' }, malformed);
test("a number that is too big", refused, { body: '{"pageSize":3000000000}' }, malformed);
test("a name that comes twice", refused, { body: '{"pageSize":1,"pageSize":2}' }, malformed);
test("JSON that is no UTF-8", refused, { body: Buffer.from('{"categoryId":"\xff\xfe"}', "latin1") }, malformed);
test("arrays in arrays", refused, { body: `{"x":${"[".repeat(100_000)}` }, tooDeep);
test("objects in objects", refused, { body: `${'{"x":'.repeat(70)}1${"}".repeat(70)}` }, tooDeep);
test("5 MiB of JSON", refused, { body: `{"categoryId":"${"x".repeat(5 * MEBIBYTE)}"}` }, tooLarge);
test(
  "a small body that grows to 50 MiB",
  refused,
  { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(50 * MEBIBYTE, " ")) },
  tooLarge,
);
test("a body that is not what its encoding says", refused, { headers: { "content-encoding": "gzip" } }, malformed);
test(
  "an encoding that nobody knows",
  refused,
  { headers: { "content-encoding": "zstd" } },
  "501 unimplemented ENCODING_UNKNOWN",
);
for (const timeout of ["soon", "-1", "1.5", "12345678901", "10, 20"]) {
  test(
    `a timeout of "${timeout}"`,
    refused,
    { headers: { "connect-timeout-ms": timeout } },
    "400 invalid_argument TIMEOUT_MALFORMED",
  );
}

const binary = "application/proto";
const group = Buffer.alloc(20_000, 0x7b);
test("a field that is cut off", refused, { type: binary, body: Buffer.from([0x12, 0x7f, 0x01]) }, malformed);
test("a tag without an end", refused, { type: binary, body: Buffer.alloc(12, 0xff) }, malformed);
test("a wire type that is none", refused, { type: binary, body: Buffer.from([0x0f]) }, malformed);
test("a string that is no UTF-8", refused, { type: binary, body: Buffer.from([0x12, 2, 0xff, 0xfe]) }, malformed);
test("groups in groups", refused, { type: binary, body: group }, tooDeep);

test("a type that nobody speaks", refused, { type: "text/xml" }, "415 invalid_argument CONTENT_TYPE_UNKNOWN");
test("no type at all", refused, { type: "", body: Buffer.from("{}") }, "415 invalid_argument CONTENT_TYPE_UNKNOWN");
test("a stream asked for as one answer", refused, { path: WATCH }, "415 invalid_argument CONTENT_TYPE_UNKNOWN");
test(
  "one answer asked for as a stream",
  refused,
  { type: "application/connect+json" },
  "415 invalid_argument CONTENT_TYPE_UNKNOWN",
);
const notAllowed = "405 unimplemented METHOD_NOT_ALLOWED";
test("a GET of what has effects", refused, { path: CREATE, method: "GET" }, notAllowed);
test("a GET of a stream", refused, { path: WATCH, method: "GET" }, notAllowed);
test("a DELETE", refused, { method: "DELETE" }, notAllowed);
const unknown = "404 unimplemented METHOD_UNKNOWN";
test("a method that is not there", refused, { path: "/shop.catalog.v1.CatalogService/StealProducts" }, unknown);
test("a service that is not there", refused, { path: "/shop.nobody.v1.NobodyService/Do" }, unknown);
test("a method for the mesh alone", refused, { path: "/shop.order.v1.OrderService/Nothing" }, unknown);

const query = (parameters: string): Bad => ({ path: `${LIST}?connect=v1&${parameters}`, method: "GET", type: "" });
const malformedQuery = "400 invalid_argument QUERY_MALFORMED";
test("a GET without an encoding", refused, query("message=%7B%7D"), malformedQuery);
test("a GET in an encoding that is none", refused, query("encoding=xml&message=%7B%7D"), malformedQuery);
test("a GET whose base64 is none", refused, query("encoding=proto&base64=1&message=%21%21"), malformedQuery);
test("a GET without a message", refused, query("encoding=json"), malformed);
test("a GET whose JSON is none", refused, query("encoding=json&message=%7B"), malformed);

const stream = (body: Uint8Array, headers = {}): Bad => ({
  path: WATCH,
  type: "application/connect+json",
  headers,
  body,
});
const badStream = "200 invalid_argument MALFORMED_REQUEST";
test("a stream without a request", refused, stream(Buffer.alloc(0)), badStream);
test("a stream with two requests", refused, stream(Buffer.concat([enveloped("{}"), enveloped("{}")])), badStream);
test("an envelope that is cut off", refused, stream(enveloped("{}", 0, 100)), badStream);
test("an envelope with flags that are none", refused, stream(enveloped("{}", 0x40)), badStream);
test("an envelope that is compressed nobody knows how", refused, stream(enveloped("{}", 1)), badStream);
test("an envelope of 4 GiB", refused, stream(enveloped("{}", 0, 0xffff_ffff)), "200 resource_exhausted BODY_TOO_LARGE");
test(
  "an envelope that grows to 50 MiB",
  refused,
  stream(enveloped(gzipSync(Buffer.alloc(50 * MEBIBYTE, " ")), 1), { "connect-content-encoding": "gzip" }),
  "200 resource_exhausted BODY_TOO_LARGE",
);

const web = (body: Uint8Array, headers = {}, path = LIST): Bad => ({
  path,
  type: "application/grpc-web+proto",
  headers,
  body,
});
test(
  "gRPC-Web: a message that is cut off",
  refused,
  web(enveloped(Buffer.from([0x12, 0x7f]))),
  "200 3 MALFORMED_REQUEST",
);
test("gRPC-Web: groups in groups", refused, web(enveloped(group)), "200 3 NESTING_TOO_DEEP");
test("gRPC-Web: no message", refused, web(Buffer.alloc(0)), "200 3 MALFORMED_REQUEST");
test(
  "gRPC-Web: a timeout that is none",
  refused,
  web(enveloped(""), { "grpc-timeout": "1 hour" }),
  "200 3 TIMEOUT_MALFORMED",
);
test(
  "gRPC-Web: an encoding that nobody knows",
  refused,
  web(enveloped("x", 1), { "grpc-encoding": "zstd" }),
  "200 12 ENCODING_UNKNOWN",
);
test("gRPC-Web: a method that is not there", refused, web(enveloped(""), {}, "/a.b/C"), "200 12 METHOD_UNKNOWN");

test("a wrong type's refusal names the field", async (t) => {
  const { post } = await openDoor(t);
  const response = await post("catalog.v1.CatalogService/ListProducts", { pageSize: "many" });
  const { message, details } = (await response.json()) as { message: string; details: { debug: object }[] };
  t.regex(message, /ListProductsRequest/);
  t.like(details[0]?.debug, { metadata: { field: "page_size" }, violations: { 0: { field: "page_size" } } });
});

test("a field that nobody knows is passed over: a newer client may say more", async (t) => {
  const { post, sent } = await openDoor(t);
  t.is((await post("catalog.v1.CatalogService/ListProducts", { categoryId: "tea", sparkle: 1 })).status, 200);
  t.like(sent[0]?.request, { categoryId: "tea" });
});
