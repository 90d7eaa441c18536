import { createHmac } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import test from "ava";
import { reservePorts } from "../dev/src/ports.ts";
import { loadContracts } from "../gateway/src/contracts.ts";
import { methodPatternsIn, metricsIn, readExpressions } from "./deployment/expressions.ts";
import { type Running, startNginx, startPrometheus } from "./deployment/programs.ts";
import { list, object, openShop, text, type Json } from "./shop.ts";
import { openWorld, type World } from "./stories/world.ts";

/** The deployment's own nginx and Prometheus, real ones, around a running mesh. */
const SCRAPED_WITHIN_MS = 60_000;
const LOOK_AGAIN_MS = 200;

type Surroundings = {
  readonly world: World;
  readonly http: string;
  readonly http2: string;
  readonly deserted: { http: string; http2: string };
  readonly prometheus: string;
};

const running: Running[] = [];
let opened: Surroundings | undefined;
const around = (): Surroundings => {
  if (opened === undefined) throw new Error("the mesh is not there");
  return opened;
};

test.before("mesh, nginx and Prometheus start", async (t) => {
  t.timeout(240_000);
  const world = await openWorld("compact");
  running.push(world.mesh);
  const ports = await reservePorts("free");
  const port = () => ports.take(0);
  const folder = (name: string) => join(world.mesh.logsFolder, "..", name);
  const nobody = `127.0.0.1:${await port()}`;
  const doors = await Promise.all(
    // One gateway that is there beside one that is not; and none that is.
    [[nobody, new URL(world.mesh.gatewayUrl).host], [nobody]].map(async (gateways, index) => {
      const [httpPort, http2Port] = [await port(), await port()];
      running.push(await startNginx({ folder: folder(`nginx-${index}`), httpPort, http2Port, gateways }));
      return { http: `http://127.0.0.1:${httpPort}`, http2: `http://127.0.0.1:${http2Port}` };
    }),
  );
  const [door = { http: "", http2: "" }, deserted = door] = doors;
  const prometheusPort = await port();
  running.push(
    await startPrometheus({ folder: folder("prometheus"), port: prometheusPort, operations: world.mesh.operations }),
  );
  opened = { world, ...door, deserted, prometheus: `http://127.0.0.1:${prometheusPort}` };
});
test.after.always("all of it stops", async () => {
  for (const each of running.reverse()) await each.stop();
});

test("nginx passes JSON, and refuses as the gateway does", async (t) => {
  const shop = openShop(around().http);
  t.is(list(await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 3 }), "products").length, 3);
  await t.throwsAsync(shop.call("shop.order.v1.OrderService/ListOrders", {}), { message: /401/ });
});

test("nginx asks the gateway that is there, though another is not", async (t) => {
  const shop = openShop(around().http);
  for (let asked = 0; asked < 20; asked++) {
    const answer = await shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 1 });
    t.is(list(answer, "products").length, 1);
  }
});

const transports: Readonly<Record<string, () => Transport>> = {
  "Connect over HTTP/1.1": () => createConnectTransport({ baseUrl: around().http, httpVersion: "1.1" }),
  "Connect over HTTP/2": () => createConnectTransport({ baseUrl: around().http2, httpVersion: "2" }),
  "gRPC-Web": () => createGrpcWebTransport({ baseUrl: around().http, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": () => createGrpcWebTransport({ baseUrl: around().http2, httpVersion: "2" }),
  gRPC: () => createGrpcTransport({ baseUrl: around().http2 }),
};
for (const [name, open] of Object.entries(transports)) {
  test(`${name} passes nginx: calls, refusals, and a stream's messages as they come`, async (t) => {
    t.timeout(60_000);
    const transport = open();
    const { products } = await createClient(CatalogService, transport).listProducts({ pageSize: 2 });
    t.is(products.length, 2);
    const carts = createClient(CartService, transport);
    const { cart, accessToken } = await carts.createCart({});
    const cartId = cart?.id ?? "";
    const error = await t.throwsAsync(carts.getCart({ cartId }), { instanceOf: ConnectError });
    t.is(error?.code, Code.Unauthenticated);
    const headers = { authorization: `Bearer ${accessToken}` };
    const stopped = new AbortController();
    const messages = carts.watchCart({ cartId }, { headers, signal: stopped.signal })[Symbol.asyncIterator]();
    // The stream has no end: what is read here was sent on before one.
    t.false((await messages.next()).done);
    const next = messages.next();
    const [sku = ""] = around().world.shelf.take(1);
    await carts.addItem({ requestId: name, cartId, sku, quantity: 1 }, { headers });
    t.false((await next).done);
    stopped.abort();
    await t.throwsAsync(messages.next());
  });
}

test("nginx keeps pictures, and hands uploads on", async (t) => {
  const { http, world } = around();
  const [product] = list(
    await world.shop.call("shop.catalog.v1.CatalogService/ListProducts", { pageSize: 1 }),
    "products",
  );
  const path = firstMediaPath(product ?? {});
  const [first, second] = [await fetch(`${http}${path}`), await fetch(`${http}${path}`)];
  t.is(first.headers.get("x-cache"), "MISS");
  t.is(second.headers.get("x-cache"), "HIT");
  t.is(second.headers.get("content-type"), "image/svg+xml");
  t.is(await second.text(), await (await fetch(`${world.mesh.gatewayUrl}${path}`)).text());
  const forged = await fetch(`${http}/media/uploads/catalog/x.svg?signature=x`, { method: "PUT", body: "<svg/>" });
  t.is(text((await forged.json()) as Json, "code"), "permission_denied");
});

test("a webhook passes nginx to the byte: its signature is still true", async (t) => {
  const { http, world } = around();
  const secret = world.mesh.env["STRIPE_WEBHOOK_SECRET"] ?? "";
  const body = JSON.stringify({
    id: `evt_${process.pid}`,
    object: "event",
    type: "payment_intent.created",
    created: Math.floor(Date.now() / 1000),
    data: { object: { id: "pi_nobody", object: "payment_intent", metadata: { "name  with\u00e9": "  spaces " } } },
  });
  const seconds = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex");
  const send = (sent: string) =>
    fetch(`${http}/webhooks/stripe`, {
      method: "POST",
      headers: { "content-type": "application/json", "stripe-signature": `t=${seconds},v1=${signature}` },
      body: sent,
    });
  t.is((await send(body)).status, 200);
  t.is((await send(`${body} `)).status, 403);
});

test("while no gateway answers, nginx says so as a gateway would", async (t) => {
  const { deserted } = around();
  const response = await fetch(`${deserted.http}/shop.catalog.v1.CatalogService/ListProducts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  t.is(response.status, 503);
  t.is(response.headers.get("retry-after"), "1");
  t.is(text((await response.json()) as Json, "code"), "unavailable");
  const client = createClient(CatalogService, createGrpcTransport({ baseUrl: deserted.http2 }));
  const error = await t.throwsAsync(client.listProducts({}), { instanceOf: ConnectError });
  t.is(error?.code, Code.Unavailable);
});

test("Prometheus reaches every process of the mesh, under its name", async (t) => {
  t.timeout(90_000);
  const { world } = around();
  const targets = await until(async () => {
    const { activeTargets } = (await ask("targets?state=active")) as { activeTargets: readonly Json[] };
    const isUp = activeTargets.every((target) => text(target, "health") === "up");
    return isUp && activeTargets.length > 0 ? activeTargets : undefined;
  });
  const names = targets.map((target) => text(target, "labels", "process")).sort();
  t.deepEqual(names, Object.keys(world.mesh.operations).sort());
});

test("every dashboard and alert asks for what there is", async (t) => {
  t.timeout(90_000);
  const { world } = around();
  await world.shop.call("shop.catalog.v1.CatalogService/ListProducts", {});
  const expressions = readExpressions();
  t.true(expressions.length > 30);
  const wanted = new Set(expressions.flatMap(({ expression }) => metricsIn(expression)));
  t.true(wanted.size > 10, [...wanted].join());
  // What a first call or message brings into being is there a scrape later.
  const known = await until(async () => {
    const names = new Set((await ask("label/__name__/values")) as unknown as readonly string[]);
    return [...wanted].every((name) => names.has(name)) ? names : undefined;
  }).catch(async () => new Set((await ask("label/__name__/values")) as unknown as readonly string[]));
  t.deepEqual(
    [...wanted].filter((name) => !known.has(name)),
    [],
  );
  const methods = (await loadContracts()).flatMap(({ typeName, methods: own }) =>
    own.map(({ name }) => `${typeName}/${name}`),
  );
  for (const { where, expression } of expressions) {
    await t.notThrowsAsync(ask(`query?query=${encodeURIComponent(expression)}`), where);
    for (const pattern of methodPatternsIn(expression))
      t.true(
        methods.some((method) => new RegExp(`^(?:${pattern})$`).test(method)),
        `${where}: no method is ${pattern}`,
      );
  }
});

/** An answer of Prometheus' own API. Throws what it complains of. */
async function ask(path: string): Promise<Json> {
  const answer = (await (await fetch(`${around().prometheus}/api/v1/${path}`)).json()) as Json;
  if (text(answer, "status") !== "success") throw new Error(text(answer, "error"));
  return answer["data"] as Json;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = Date.now() + SCRAPED_WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpMs) throw new Error("it was not so in time");
    await delay(LOOK_AGAIN_MS);
  }
}

function firstMediaPath(product: Json): string {
  const path = /"(\/media\/[^"]+)"/.exec(JSON.stringify(product))?.[1];
  if (path === undefined)
    throw new Error(`the product has no picture: ${JSON.stringify(object({ product }, "product"))}`);
  return path;
}
