import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import grpc from "@grpc/grpc-js";
import { HealthCheckRequestSchema } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { create, toBinary } from "@bufbuild/protobuf";
import test from "ava";
import { cards, skusOfSellers } from "./order.ts";
import { delivered, orderOne } from "./stories/guest.ts";
import { clickedAgain } from "./stories/repeated.ts";
import { openWorld, type World } from "./stories/world.ts";

/**
 * Two instances of what sells, TLS between all processes: the shop is as with one of each, and goes on when one of them
 * dies, is restarted or is given other certificates. The proof "rolling" does it to all of them, under load.
 */
const LOOK_AGAIN_MS = 50;
const READERS = 4;
let opened: World | undefined;
const world = (): World => {
  if (opened === undefined) throw new Error("the mesh is not there");
  return opened;
};

test.before("the mesh starts, its processes with certificates, two of them alike", async (t) => {
  t.timeout(240_000);
  opened = await openWorld("compact", {}, { mtls: true, replicas: { each: 1, own: { commerce: 2 } } });
});
test.after.always("the mesh stops", async () => opened?.mesh.stop());

test.serial("a guest's order of two sellers goes its whole way", (t) => delivered(t, world()));
test.serial("placing twice, and ten times at once, makes one order group", (t) => clickedAgain(t, world()));

for (const name of ["commerce", "commerce.2"]) {
  test.serial(`readers and buyers go on while ${name} is dead`, async (t) => {
    const { mesh } = world();
    const reading = await readOn();
    await mesh.kill(name);
    const { placed } = await orderOne(world(), cards.good);
    await mesh.restarted(name);
    const { calls, failures } = await reading.end();
    t.is(placed.state, "CONFIRMED");
    t.deepEqual(failures, []);
    t.true(calls > 0);
  });
}

test.serial(
  "new certificates are taken while it runs, and both instances restarted with them: no call fails",
  async (t) => {
    const { mesh } = world();
    const reading = await readOn();
    const certificate = join(mesh.certificates?.folder ?? "", "commerce.pem");
    const before = readFileSync(certificate, "utf8");
    await mesh.certificates?.renew();
    t.not(readFileSync(certificate, "utf8"), before);
    await mesh.restart({ names: ["commerce"], force: false, say: () => undefined });
    const { calls, failures } = await reading.end();
    t.deepEqual(failures, []);
    t.true(calls > 0);
  },
);

const strangers: Readonly<Record<string, () => grpc.ChannelCredentials>> = {
  "without a certificate": () => grpc.credentials.createSsl(readFileSync(join(certificates(), "ca.pem"))),
  "without TLS": () => grpc.credentials.createInsecure(),
};
for (const [what, credentialsOf] of Object.entries(strangers)) {
  test.serial(`a client ${what} is refused at a service's port, and the log says so`, async (t) => {
    const { mesh } = world();
    const lines = refusalLines(mesh);
    const error = await checkHealth(mesh.address("order"), credentialsOf());
    t.is(error?.code, grpc.status.UNAVAILABLE);
    while (refusalLines(mesh) === lines) await delay(LOOK_AGAIN_MS);
    t.pass();
  });
}

test.serial("a tool with a certificate of the mesh is let in", async (t) => {
  const [authority, key, certificate] = ["ca.pem", "seed-key.pem", "seed.pem"].map((name) =>
    readFileSync(join(certificates(), name)),
  );
  t.is(await checkHealth(world().mesh.address("order"), grpc.credentials.createSsl(authority, key, certificate)), null);
});

/** People who look at what is in stock, again and again, until told to stop. */
async function readOn() {
  const { shop } = world();
  const skus = await skusOfSellers(shop, 1);
  const state = { isOver: false, calls: 0, failures: [] as string[] };
  const read = async (): Promise<void> => {
    while (!state.isOver) {
      state.calls += 1;
      await shop
        .call("shop.inventory.v1.InventoryService/GetAvailability", { skus })
        .catch((error: unknown) => state.failures.push(String(error)));
    }
  };
  const readers = Promise.all(Array.from({ length: READERS }, read));
  return {
    async end() {
      state.isOver = true;
      await readers;
      return state;
    },
  };
}

/** Asks as any program may; the error, null where it was answered. */
function checkHealth(address: string, credentials: grpc.ChannelCredentials): Promise<grpc.ServiceError | null> {
  const client = new grpc.Client(address, credentials, { "grpc.ssl_target_name_override": "localhost" });
  const pass = (bytes: Buffer): Buffer => bytes;
  const request = Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema)));
  return new Promise((resolve) => {
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", pass, pass, request, (error) => {
      client.close();
      resolve(error);
    });
  });
}

function certificates(): string {
  return world().mesh.certificates?.folder ?? "";
}

/** How often a process of commerce has written that it refused somebody. */
function refusalLines({ logsFolder }: World["mesh"]): number {
  return readFileSync(join(logsFolder, "commerce.log"), "utf8").split("shows no certificate of this mesh").length;
}
