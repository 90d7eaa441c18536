// @peculiar/x509 wants it to be there first.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as x509 from "@peculiar/x509";
import { root, stateFolder } from "./paths.ts";
import { certificateFolder, defaultHours, type Holder, holdersOf } from "./tls.ts";
import { existingServices, parseTopology, planProcesses } from "./topology.ts";

export type CertificateOptions = {
  /** Where authority and certificates are kept, readable by its owner alone. */
  readonly folder: string;
  readonly region: string;
  readonly holders: readonly Holder[];
  /** How long a certificate is valid. */
  readonly hours: number;
};

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const authorityDays = 365;
const hourMs = 3_600_000;
/** Clocks differ a little. */
const backdateMs = 5 * 60_000;

type Authority = { readonly certificate: x509.X509Certificate; readonly key: webcrypto.CryptoKey };

/** `npm run certificates [-- --topology mesh --hours 24 --folder path]`: new ones for every process; a running mesh takes them. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      topology: { type: "string", default: process.env["TOPOLOGY"] || "mesh" },
      hours: { type: "string", default: String(defaultHours) },
      folder: { type: "string", default: certificateFolder(stateFolder) },
    },
  });
  const hours = Number(values.hours);
  if (!(hours > 0)) throw new Error(`--hours is a number above 0, not "${values.hours}"`);
  const holders = holdersOf(planProcesses(parseTopology(values.topology), existingServices(root)));
  await makeCertificates({ folder: values.folder, region: process.env["REGION"] || "eu", holders, hours });
  process.stdout.write(`${values.folder}: ${holders.map(({ name }) => name).join(", ")}; valid for ${hours} h\n`);
  return 0;
}

/** A new certificate and key for each holder, signed by the folder's authority, which is made where there is none. */
export async function makeCertificates({ folder, region, holders, hours }: CertificateOptions): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await openAuthority(folder);
  await Promise.all(
    holders.map(async ({ name, services }) => {
      const keys = await newKeys();
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${name}`,
        issuer: authority.certificate.subject,
        signingKey: authority.key,
        publicKey: keys.publicKey,
        signingAlgorithm: keyAlgorithm,
        ...validFor(hours * hourMs),
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension(namesOf(services, region)),
        ],
      });
      write(join(folder, `${name}-key.pem`), await keyText(keys.privateKey));
      write(join(folder, `${name}.pem`), certificate.toString("pem"));
    }),
  );
}

/** What the mesh believes is the first kind of name; the others are for tools, which look at the address they were given. */
function namesOf(services: readonly string[], region: string): x509.JsonGeneralNames {
  return [
    ...services.map((service) => ({ type: "url" as const, value: `spiffe://shopmesh/${region}/${service}` })),
    ...services.map((service) => ({ type: "dns" as const, value: service })),
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
  ];
}

async function openAuthority(folder: string): Promise<Authority> {
  const [file, keyFile] = [join(folder, "ca.pem"), join(folder, "ca-key.pem")];
  if (existsSync(file) && existsSync(keyFile)) {
    const certificate = new x509.X509Certificate(readFileSync(file, "utf8"));
    if (certificate.notAfter.getTime() > Date.now() + 24 * hourMs) return { certificate, key: await readKey(keyFile) };
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Shopmesh development authority",
    keys,
    signingAlgorithm: keyAlgorithm,
    ...validFor(authorityDays * 24 * hourMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  write(keyFile, await keyText(keys.privateKey));
  write(file, certificate.toString("pem"));
  return { certificate, key: keys.privateKey };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
}

function validFor(milliseconds: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - backdateMs), notAfter: new Date(Date.now() + milliseconds) };
}

async function keyText(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function readKey(file: string): Promise<webcrypto.CryptoKey> {
  const [bytes] = x509.PemConverter.decode(readFileSync(file, "utf8"));
  if (bytes === undefined) throw new Error(`${file} holds no key`);
  return crypto.subtle.importKey("pkcs8", bytes, keyAlgorithm, true, ["sign"]);
}

// Put in place whole: a process that looks meanwhile finds the old one.
function write(file: string, text: string): void {
  const next = `${file}.new`;
  writeFileSync(next, `${text}\n`, { mode: 0o600 });
  chmodSync(next, 0o600);
  renameSync(next, file);
}
