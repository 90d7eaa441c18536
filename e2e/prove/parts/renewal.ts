import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import type { World } from "../../stories/world.ts";
import type { Claim } from "../proof.ts";
import { claim, share } from "./claim.ts";
import { within } from "./groups.ts";

/** Processes look for new certificates every other second. */
const SHOWN_WITHIN_MS = 15_000;
const HANDSHAKE_MS = 5_000;

/** Gives every process a new certificate; each that has a port of its own must show it there, by itself. */
export async function renewalClaim({ mesh }: World): Promise<Claim> {
  const { certificates } = mesh;
  if (certificates === undefined) throw new Error("this mesh has no certificates");
  const { folder, renew } = certificates;
  // Whoever calls a gateway's port is a browser: certificates are for what is behind it.
  const ports = mesh.processes.flatMap(({ name, pid, services }) => {
    const service = services.find((candidate) => candidate !== "gateway");
    return service === undefined ? [] : [{ name, pid, address: mesh.address(service) }];
  });
  const before = ports.map(({ name }) => fingerprintIn(folder, name));
  await renew();
  const wanted = ports.map(({ name }) => fingerprintIn(folder, name));
  const isNew = wanted.every((fingerprint, index) => fingerprint !== before[index]);
  let old: readonly string[] = [];
  const shownMs = await within(SHOWN_WITHIN_MS, async () => {
    const shown = await Promise.all(ports.map(({ address }) => fingerprintAt(address, folder)));
    old = ports.flatMap(({ name }, index) => (shown[index] === wanted[index] ? [] : [name]));
    return old.length === 0;
  });
  // Who is started anew reads its files anew, too.
  const running = new Set(mesh.processes.map(({ pid }) => pid));
  const restarted = ports.filter(({ pid }) => !running.has(pid)).map(({ name }) => name);
  return claim(
    "new certificates are shown at every port, by processes that run on",
    ports.length > 0 && isNew && shownMs !== undefined && restarted.length === 0,
    {
      shown: share(ports.length - old.length, ports.length),
      after: shownMs === undefined ? "never" : `${(shownMs / 1_000).toFixed(1)} s`,
      "others are shown by": old,
      restarted,
    },
  );
}

function fingerprintIn(folder: string, name: string): string {
  return new X509Certificate(readFileSync(join(folder, `${name}.pem`))).fingerprint256;
}

/** Of the certificate that is shown to who comes as a tool of the mesh; "" where there was no handshake. */
function fingerprintAt(address: string, folder: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  const [ca, cert, key] = ["ca.pem", "seed.pem", "seed-key.pem"].map((file) => readFileSync(join(folder, file)));
  const socket = connect({ host, port: Number(port), ca, cert, key, servername: "localhost", ALPNProtocols: ["h2"] });
  return new Promise((resolve) => {
    const end = (fingerprint: string): void => {
      socket.destroy();
      resolve(fingerprint);
    };
    socket.setTimeout(HANDSHAKE_MS, () => end(""));
    socket.on("error", () => end(""));
    socket.once("secureConnect", () => end(socket.getPeerCertificate().fingerprint256));
  });
}
