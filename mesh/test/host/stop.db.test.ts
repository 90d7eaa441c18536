import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CatalogService } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { defineService, implement, startHost } from "../../src/index.ts";
import { createClient } from "../../src/client.ts";
import { callerToken } from "../../src/identity/caller.ts";
import { openOrigin } from "../../src/open-client.ts";
import { createGrpcTransport } from "../../src/transport/grpc/client.ts";
import { freePort, natsServer, type NatsServer, until } from "../events/support.ts";

const meshKey = "0".repeat(64);

function notHere(): never {
  throw new DomainError("unimplemented", "NOT_HERE");
}

/** A process of one service that lists no categories, and how to ask it. */
async function catalogProcess(t: ExecutionContext, server: NatsServer) {
  const [opsPort, port, folder] = [await freePort(), await freePort(), await mkdtemp(join(tmpdir(), "mesh-host-"))];
  const catalog = defineService({
    name: "catalog",
    contracts: [CatalogService],
    start: () => ({
      implementations: [
        implement(CatalogService, {
          getProduct: notHere,
          batchGetProducts: notHere,
          listProducts: notHere,
          batchGetOffers: notHere,
          listCategories: async () => ({}),
        }),
      ],
    }),
  });
  const host = await startHost({
    definitions: [catalog],
    environment: {
      NATS_URL: server.url,
      MESH_KEY: meshKey,
      SECRET_KEY: meshKey,
      OPS_PORT: String(opsPort),
      CATALOG_ADDRESS: `127.0.0.1:${port}`,
      STORAGE_URL: `file:${folder}`,
      LOG_LEVEL: "silent",
      DRAIN_NOTICE_MS: "3000",
      DRAIN_MS: "1000",
    },
    fetchSigningKeys: async () => [],
    registerSchedules: async () => undefined,
  });
  const transport = createGrpcTransport(`127.0.0.1:${port}`, [CatalogService]);
  t.teardown(() => {
    transport.close();
    return rm(folder, { recursive: true, force: true });
  });
  const client = createClient(CatalogService, () => transport, {
    callerToken: callerToken(Buffer.from(meshKey, "hex"), "order"),
    region: "eu",
  });
  return {
    host,
    ask: () => client.listCategories({}, openOrigin(2_000, "a-test")),
    readiness: async () => {
      const response = await fetch(`http://127.0.0.1:${opsPort}/readyz`);
      return { status: response.status, body: await response.json() };
    },
  };
}

test("a process that is told to end says that it is not ready, and still answers, until its notice is over", async (t) => {
  const server = await natsServer(t);
  const { host, ask, readiness } = await catalogProcess(t, server);
  await until(async () => (await readiness()).status === 200);
  const stopped = host.stop();
  t.is((await readiness()).status, 503);
  await t.notThrowsAsync(ask());
  await stopped;
  await t.throwsAsync(ask());
  await t.throwsAsync(readiness());
});

test("a process whose NATS goes away stays ready, answers, and says what it lacks", async (t) => {
  const server = await natsServer(t);
  const { host, ask, readiness } = await catalogProcess(t, server);
  t.teardown(() => host.stop());
  await until(async () => (await readiness()).status === 200);
  await server.kill();
  await until(async () => JSON.stringify((await readiness()).body).includes("degraded"));
  t.like(await readiness(), {
    status: 200,
    body: { ready: true, parts: { catalog: { ready: true, degraded: "NATS is away: events wait" } } },
  });
  await t.notThrowsAsync(ask());
});
