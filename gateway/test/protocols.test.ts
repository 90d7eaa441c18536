import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { isOpenAtEdge } from "@shopmesh/mesh";
import test from "ava";
import { loadContracts } from "../src/contracts.ts";
import { type Behind, openDoor } from "./door.ts";

const transports = {
  "Connect JSON over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect GET over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
  "Connect binary over h2c": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "gRPC over h2c": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over h2c": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
} satisfies Readonly<Record<string, (baseUrl: string) => Transport>>;

const cartId = "0190a5b2-0000-7000-8000-000000000001";
const mesh: Behind = {
  answer: ({ name }, { request }) => {
    if (name === "GetProduct") throw new DomainError("not-found", "PRODUCT_NOT_FOUND", { slug: "kettle" });
    return { products: [{ slug: `of ${String(request["categoryId"])}` }] };
  },
  async *stream() {
    yield { cursor: "1", cart: { version: 1n } };
    yield { cursor: "2", cart: { version: 2n } };
  },
};

for (const [name, transportTo] of Object.entries(transports)) {
  test(`${name}: a call is answered, a stream keeps its order, a refusal its reason`, async (t) => {
    const { url, sent } = await openDoor(t, mesh);
    const transport = transportTo(url);
    const headers = { authorization: "Bearer gt_a", "x-request-id": "click-1" };
    const catalog = createClient(CatalogService, transport);
    const { products } = await catalog.listProducts({ categoryId: "tea" }, { headers });
    t.deepEqual(
      products.map(({ slug }) => slug),
      ["of tea"],
    );
    const cursors: string[] = [];
    for await (const { cursor } of createClient(CartService, transport).watchCart({ cartId }, { headers })) {
      cursors.push(cursor);
    }
    t.deepEqual(cursors, ["1", "2"]);
    const error = await t.throwsAsync(catalog.getProduct({}, { headers }), { instanceOf: ConnectError });
    t.is(error?.code, Code.NotFound);
    t.is(error?.metadata.get("x-request-id"), "click-1");
    t.like(error?.findDetails(ErrorInfoSchema)[0], { reason: "PRODUCT_NOT_FOUND", metadata: { slug: "kettle" } });
    t.deepEqual(
      sent.map(({ origin: { actorToken, requestId } }) => `${actorToken}, ${requestId}`),
      Array(3).fill("actor of gt_a, click-1"),
    );
  });
}

test("a method without side effects is a GET, any other is not", async (t) => {
  const { url, sent } = await openDoor(t, mesh);
  const message = encodeURIComponent(JSON.stringify({ categoryId: "tea" }));
  const query = `connect=v1&encoding=json&message=${message}`;
  const read = await fetch(`${url}/shop.catalog.v1.CatalogService/ListProducts?${query}`);
  t.deepEqual(await read.json(), { products: [{ slug: "of tea" }] });
  const write = await fetch(`${url}/shop.cart.v1.CartService/CreateCart?${query}`);
  t.is(write.status, 405);
  await write.body?.cancel();
  t.is(sent.length, 1);
});

test("one port speaks HTTP/1.1 and HTTP/2, and what is no RPC over both", async (t) => {
  const { url } = await openDoor(t);
  const first = await fetch(`${url}/healthz`);
  t.deepEqual(await first.json(), { healthy: true });
  const session = connectHttp2(url);
  const stream = session.request({ ":path": "/healthz" });
  const [headers] = await once(stream, "response");
  t.is(headers[":status"], 200);
  t.is(String((await stream.toArray())[0]), '{"healthy":true}');
  session.close();
});

test("a message of more than 4 MiB is refused", async (t) => {
  const { post, sent } = await openDoor(t, mesh);
  const response = await post("catalog.v1.CatalogService/ListProducts", { categoryId: "x".repeat(5 * 1024 * 1024) });
  t.is(response.status, 413);
  t.like(await response.json(), { code: "resource_exhausted" });
  t.deepEqual(sent, []);
});

test("reflection lists every contract that is shown, and tells their files", async (t) => {
  const { url } = await openDoor(t);
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: url }));
  const symbol = "shop.order.v1.OrderService";
  const told: unknown[] = [];
  const answers = client.serverReflectionInfo(
    (async function* () {
      yield { messageRequest: { case: "listServices" as const, value: "" } };
      yield { messageRequest: { case: "fileContainingSymbol" as const, value: symbol } };
      yield { messageRequest: { case: "fileContainingSymbol" as const, value: "shop.nobody.v1.NobodyService" } };
    })(),
  );
  for await (const { messageResponse } of answers) told.push(messageResponse);
  const shown = (await loadContracts()).filter((contract) => contract.methods.some(isOpenAtEdge));
  const service = namesOf([...shown, Health, ServerReflection]).map((name) => ({ name }));
  t.like(told[0], { case: "listServicesResponse", value: { service } });
  t.like(told.slice(1), [{ case: "fileDescriptorResponse" }, { case: "errorResponse" }]);
});

test("the door says that it is open, and that it does not know whom it does not show", async (t) => {
  const { url } = await openDoor(t);
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  t.is((await client.check({})).status, Serving.SERVING);
  t.is((await client.check({ service: "shop.order.v1.OrderService" })).status, Serving.SERVING);
  const error = await t.throwsAsync(client.check({ service: "shop.nobody.v1.NobodyService" }));
  t.is(ConnectError.from(error).code, Code.NotFound);
});

test("whoever watches the door's health is told once and kept until they leave", async (t) => {
  const { url } = await openDoor(t);
  const leaving = new AbortController();
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const seen: Serving[] = [];
  const error = await t.throwsAsync(async () => {
    for await (const { status } of client.watch({}, { signal: leaving.signal })) {
      seen.push(status);
      leaving.abort();
    }
  });
  t.is(ConnectError.from(error).code, Code.Canceled);
  t.deepEqual(seen, [Serving.SERVING]);
});

function namesOf(contracts: readonly DescService[]): readonly string[] {
  return contracts.map(({ typeName }) => typeName).sort();
}
