import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import test from "ava";
import { openWorld, type World } from "./stories/world.ts";

/** Programs of strangers: whatever speaks gRPC, gRPC-Web, Connect or plain HTTP can use the shop. */
const root = join(import.meta.dirname, "..");
const run = promisify(execFile);
const LINE_TIMEOUT_MS = 60_000;

let opened: World | undefined;
const world = (): World => {
  if (opened === undefined) throw new Error("the mesh is not there");
  return opened;
};

test.before("the mesh starts", async (t) => {
  t.timeout(180_000);
  opened = await openWorld("solo");
});
test.after.always("the mesh stops", async () => opened?.mesh.stop());

for (const door of ["a service's own port", "the gateway"] as const) {
  test(`a stock grpc-js client reads the catalog at ${door}`, async (t) => {
    const { mesh } = world();
    const address = door === "the gateway" ? new URL(mesh.gatewayUrl).host : mesh.address("catalog");
    const client = stockClient("shop/catalog/v1/catalog_service.proto", "shop.catalog.v1.CatalogService", address);
    const { answer } = await call(client, "ListProducts", { page_size: 3 });
    const products = answer?.["products"];
    t.is(Array.isArray(products) ? products.length : 0, 3);
  });

  test(`a stock grpc-js client is told which field is wrong at ${door}`, async (t) => {
    const { mesh } = world();
    const address = door === "the gateway" ? new URL(mesh.gatewayUrl).host : mesh.address("catalog");
    const client = stockClient("shop/catalog/v1/catalog_service.proto", "shop.catalog.v1.CatalogService", address);
    const { error } = await call(client, "ListProducts", { page_size: -1 });
    t.is(error?.code, grpc.status.INVALID_ARGUMENT);
    const details = error?.metadata.get("grpc-status-details-bin").map((detail) => detail.toString("latin1"));
    t.regex(details?.join() ?? "", /page_size/);
  });

  test(`grpc.health.v1 says SERVING at ${door}`, async (t) => {
    const { mesh } = world();
    const address = door === "the gateway" ? new URL(mesh.gatewayUrl).host : mesh.address("order");
    const client = stockClient("grpc/health/v1/health.proto", "grpc.health.v1.Health", address);
    const { answer } = await call(client, "Check", {});
    t.is(answer?.["status"], "SERVING");
  });
}

test("a gRPC-Web client fills a cart", async (t) => {
  const { mesh, shelf } = world();
  const transport = createGrpcWebTransport({ baseUrl: mesh.gatewayUrl, httpVersion: "1.1" });
  const client = createClient(CartService, transport);
  const { cart, accessToken } = await client.createCart({});
  const [sku = ""] = shelf.take(1);
  const headers = { authorization: `Bearer ${accessToken}` };
  const filled = await client.addItem({ requestId: "web", cartId: cart?.id ?? "", sku, quantity: 2 }, { headers });
  t.deepEqual(
    filled.cart?.lines.map((line) => [line.sku, line.quantity]),
    [[sku, 2]],
  );
});

test("a method without effect answers to GET, so that caches can keep it", async (t) => {
  const { mesh } = world();
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: '{"pageSize":2}' });
  const response = await fetch(`${mesh.gatewayUrl}/${CatalogService.typeName}/ListProducts?${query}`);
  t.is(response.status, 200);
  t.is(((await response.json()) as { products: unknown[] }).products.length, 2);
});

for (const [index, line] of readmeLines().entries()) {
  test(`README's line ${index + 1} works as it is written`, async (t) => {
    t.timeout(LINE_TIMEOUT_MS);
    const { mesh } = world();
    const here = line
      .replaceAll("127.0.0.1:8080", new URL(mesh.gatewayUrl).host)
      .replaceAll("127.0.0.1:9003", mesh.address("catalog"));
    const { stdout } = await run("bash", ["-c", here], { cwd: root, timeout: LINE_TIMEOUT_MS });
    t.regex(
      stdout,
      line.includes("--list-methods") ? /shop\.order\.v1\.CheckoutService\/PlaceOrder/ : /"nextPageToken"/,
    );
  });
}

/** The commands below the comment that promises a test. */
function readmeLines(): readonly string[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const block = /<!-- these lines are run by a test -->\n```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const lines = block.split("\n").filter((line) => line !== "");
  if (lines.length === 0) throw new Error("README.md has no lines that are run by a test");
  return lines;
}

type Answer = { readonly answer?: Readonly<Record<string, unknown>>; readonly error?: grpc.ServiceError };

/** A client made from the proto file alone, as any program of another language would. */
function stockClient(file: string, service: string, address: string): grpc.Client {
  const definition = loadSync(file, {
    includeDirs: [join(root, "proto"), join(root, "third_party/proto")],
    keepCase: true,
    enums: String,
    longs: String,
  });
  const found = service
    .split(".")
    .reduce<unknown>((part, name) => Reflect.get(Object(part), name), grpc.loadPackageDefinition(definition));
  if (typeof found !== "function") throw new Error(`${file} has no ${service}`);
  return new (found as grpc.ServiceClientConstructor)(address, grpc.credentials.createInsecure());
}

function call(client: grpc.Client, method: string, request: object): Promise<Answer> {
  return new Promise((resolve) => {
    const send = Reflect.get(client, method) as (
      request: object,
      metadata: grpc.Metadata,
      options: grpc.CallOptions,
      done: (error: grpc.ServiceError | null, answer: Readonly<Record<string, unknown>>) => void,
    ) => void;
    const options = { deadline: Date.now() + 10_000 };
    send.call(client, request, new grpc.Metadata(), options, (error, answer) => {
      client.close();
      resolve(error === null ? { answer } : { error });
    });
  });
}
