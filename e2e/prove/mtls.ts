import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import grpc from "@grpc/grpc-js";
import { HealthCheckRequestSchema } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { makeCertificates } from "../../dev/src/certificates.ts";
import { openWorld, type World } from "../stories/world.ts";
import type { Claim, Proof } from "./proof.ts";
import { openBuyers, openGoods, type Sale, sell } from "./parts/buyers.ts";
import { createChance } from "./parts/chance.ts";
import { claim, share } from "./parts/claim.ts";
import { newCallCounts, openDoors } from "./parts/doors.ts";
import { eventClaims, eventsAtRest } from "./parts/events.ts";
import { isDecided, readGroups, within } from "./parts/groups.ts";
import { moneyClaims } from "./parts/money.ts";
import { renewalClaim } from "./parts/renewal.ts";
import { stockClaims } from "./parts/stock.ts";

const sizes = { quick: 12, full: 100 } as const;
const BUYERS = 3;
const DECIDED_WITHIN_MS = 120_000;
const ANSWERED_WITHIN_MS = 10_000;

/** People buy while all processes speak TLS and are given new certificates; strangers knock at each service's port. */
export const proof: Proof = {
  name: "mtls",
  title: "TLS between all processes, certificates renewed while it runs, strangers at every port",
  async run({ say, profile, seed }) {
    const chance = createChance(seed);
    say("starting the mesh, a process for each service, each with a certificate");
    const world = await openWorld("mesh", {}, { mtls: true });
    try {
      const counts = newCallCounts();
      const goods = await openGoods(world.shop);
      const buyers = await openBuyers(world.shop, BUYERS);
      const goesOn = (begun: number): boolean => begun < sizes[profile];
      const options = { shop: openDoors([world.mesh.gatewayUrl], counts), goesOn, buyers, chance, goods, say };
      const sales = [...(await sell(options))];
      say("new certificates");
      const renewed = await renewalClaim(world);
      say("order and payment are started anew with them, the others keep their connections");
      await world.mesh.restart({ names: ["order", "payment"], force: true, say });
      sales.push(...(await sell(options)));
      const strangers = await knock(world);
      await within(DECIDED_WITHIN_MS, async () => (await readGroups(world)).every(isDecided));
      const restedMs = await eventsAtRest(world);
      const groups = await readGroups(world);
      return [
        renewed,
        storyClaim(sales, counts.failures),
        ...strangers,
        ...(await moneyClaims(world, groups)),
        ...(await stockClaims(world, groups, sales)),
        ...(await eventClaims(world, groups, restedMs)),
      ];
    } finally {
      await world.mesh.stop();
    }
  },
};

function storyClaim(sales: readonly Sale[], failures: readonly string[]): Claim {
  const confirmed = sales.filter(({ state }) => state === "CONFIRMED");
  return claim("every order is CONFIRMED, before and after", confirmed.length === sales.length && sales.length > 0, {
    confirmed: share(confirmed.length, sales.length),
    "calls that failed": failures,
  });
}

/** Who is let in, and who is not, at the port of each service. */
async function knock({ mesh }: World): Promise<readonly Claim[]> {
  const addresses = mesh.processes.flatMap(({ services }) => services.filter((name) => name !== "gateway"));
  const foreign = mkdtempSync(join(tmpdir(), "shopmesh-foreign-"));
  const holders = [{ name: "seed", services: ["seed"] }];
  try {
    await makeCertificates({ folder: foreign, region: "eu", holders, hours: 1 });
    const authority = readFileSync(join(folderOf(mesh), "ca.pem"));
    const callers = {
      "without a certificate": grpc.credentials.createSsl(authority),
      "without TLS": grpc.credentials.createInsecure(),
      "with a certificate of another authority": credentialsIn(foreign, authority),
      "with a certificate of the mesh": credentialsIn(folderOf(mesh), authority),
    };
    const answers = Object.entries(callers).map(async ([who, credentials]) => {
      const codes = await Promise.all(addresses.map((name) => checkHealth(mesh.address(name), credentials)));
      const wanted = who === "with a certificate of the mesh" ? grpc.status.OK : grpc.status.UNAVAILABLE;
      const right = codes.filter((code) => code === wanted).length;
      const what = wanted === grpc.status.OK ? "let in" : "refused";
      return claim(`a client ${who} is ${what} at every port`, right === codes.length && right > 0, {
        [what]: share(right, codes.length),
      });
    });
    return await Promise.all(answers);
  } finally {
    rmSync(foreign, { recursive: true });
  }
}

function credentialsIn(folder: string, authority: Buffer): grpc.ChannelCredentials {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  return grpc.credentials.createSsl(authority, read("seed-key.pem"), read("seed.pem"));
}

/** The status that any program's health check ends with. */
function checkHealth(address: string, credentials: grpc.ChannelCredentials): Promise<grpc.status> {
  const client = new grpc.Client(address, credentials, { "grpc.ssl_target_name_override": "localhost" });
  const pass = (bytes: Buffer): Buffer => bytes;
  const request = Buffer.from(toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema)));
  const deadline = Date.now() + ANSWERED_WITHIN_MS;
  return new Promise((resolve) => {
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", pass, pass, request, { deadline }, (error) => {
      client.close();
      resolve(error?.code ?? grpc.status.OK);
    });
  });
}

function folderOf({ certificates }: World["mesh"]): string {
  if (certificates === undefined) throw new Error("this mesh has no certificates");
  return certificates.folder;
}
