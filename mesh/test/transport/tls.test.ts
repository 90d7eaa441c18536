import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, type DescMethodUnary } from "@bufbuild/protobuf";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { ChannelCredentials } from "@grpc/grpc-js";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { makeCertificates } from "../../../dev/src/certificates.ts";
import type { Call } from "../../src/call.ts";
import { contractOf } from "../../src/contract.ts";
import { certificateFilesOf } from "../../src/host/settings.ts";
import { callerToken, createCallerVerifier } from "../../src/identity/caller.ts";
import {
  type CertificateFiles,
  type Certificates,
  type CertificateSet,
  followCertificates,
} from "../../src/identity/certificates.ts";
import { identityOf, servicesNamedIn } from "../../src/identity/peer.ts";
import { authenticationInterceptor } from "../../src/interceptors/authentication.ts";
import type { Log, LogFields } from "../../src/log.ts";
import { silentLog } from "../../src/testing/index.ts";
import { createGrpcTransport } from "../../src/transport/grpc/client.ts";
import { createGrpcServer } from "../../src/transport/grpc/server.ts";
import { channelSecurityOf } from "../../src/transport/grpc/tls.ts";
import type { Transport } from "../../src/transport/transport.ts";

const region = "eu";
const { createCart } = CartService.method;
const LOOK_EVERY_MS = 5;

type Folder = {
  /** Makes certificates of these services, of the folder's own authority. */
  make(services?: readonly string[], hours?: number): Promise<CertificateFiles>;
};

function openFolder(t: ExecutionContext): Folder {
  const folder = mkdtempSync(join(tmpdir(), "shopmesh-tls-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return {
    async make(services = ["cart"], hours = 1) {
      const [name = ""] = services;
      await makeCertificates({ folder, region, holders: [{ name, services }], hours });
      const file = (part: string): string => join(folder, part);
      return { certificate: file(`${name}.pem`), key: file(`${name}-key.pem`), authority: file("ca.pem") };
    },
  };
}

function follow(t: ExecutionContext, files: CertificateFiles, problems: string[] = []): Certificates {
  const report = (problem: string): void => void problems.push(problem);
  const certificates = followCertificates(files, { report, lookEveryMs: LOOK_EVERY_MS });
  t.teardown(certificates.close);
  return certificates;
}

function read({ certificate, key: keyFile, authority }: CertificateFiles): CertificateSet {
  return { certificate: readFileSync(certificate), key: readFileSync(keyFile), authority: readFileSync(authority) };
}

/** Certificates that nobody looks at before they are shown. */
function fixed(set: CertificateSet): Certificates {
  return { current: () => set, onChange: () => () => undefined, close: () => undefined };
}

/** A server of cart that answers with who called, and writes down whom it refused. */
async function startServer(t: ExecutionContext, certificates: Certificates) {
  const refused: LogFields[] = [];
  const log: Log = { ...silentLog, warn: (_, fields) => void refused.push(fields ?? {}) };
  const callers: (readonly string[] | undefined)[] = [];
  const server = createGrpcServer([CartService], async (method, { peer }) => {
    callers.push(peer);
    return create((method as DescMethodUnary).output);
  });
  const port = await server.listen("127.0.0.1:0", { certificates, region, log });
  t.teardown(() => server.stop(0));
  return { address: `127.0.0.1:${port}`, refused, callers };
}

function openClient(t: ExecutionContext, address: string, certificates?: Certificates, service = "cart"): Transport {
  const security = certificates && channelSecurityOf({ certificates, region }, service);
  const transport = createGrpcTransport(address, [CartService], security);
  t.teardown(() => transport.close());
  return transport;
}

async function call(transport: Transport): Promise<string> {
  const outgoing = { headers: {}, deadlineMs: Date.now() + 10_000, signal: new AbortController().signal };
  try {
    await transport.unary(contractOf(createCart), create(createCart.input), outgoing);
    return "answered";
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.kind;
  }
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

test("who shows a certificate of the mesh is answered, and known by it", async (t) => {
  const folder = openFolder(t);
  const { address, callers, refused } = await startServer(t, follow(t, await folder.make()));
  const client = openClient(t, address, follow(t, await folder.make(["order", "payment"])));
  t.is(await call(client), "answered");
  t.deepEqual(callers, [["order", "payment"]]);
  t.deepEqual(refused, []);
});

type OpenStranger = (t: ExecutionContext, address: string, folder: Folder) => Promise<Transport>;

const refuses = test.macro<[OpenStranger, RegExp]>({
  async exec(t, openStranger, reason) {
    const folder = openFolder(t);
    const { address, callers, refused } = await startServer(t, follow(t, await folder.make()));
    t.is(await call(await openStranger(t, address, folder)), "unavailable");
    await until(() => refused.length > 0);
    t.regex(String(refused[0]?.["reason"]), reason);
    t.deepEqual(callers, []);
  },
  title: (title = "") => `${title} is refused, and the log says why`,
});

test("a client without TLS", refuses, async (t, address) => openClient(t, address), /HTTP_REQUEST|WRONG_VERSION/);
test(
  "a client without a certificate",
  refuses,
  async (t, address, folder) => {
    const { authority } = follow(t, await folder.make(["order"])).current();
    const transport = createGrpcTransport(address, [CartService], {
      credentials: ChannelCredentials.createSsl(authority),
      serverName: "cart",
    });
    t.teardown(() => transport.close());
    return transport;
  },
  /PEER_DID_NOT_RETURN_A_CERTIFICATE/,
);
test(
  "a client with a certificate of another authority",
  refuses,
  async (t, address, folder) => {
    const { authority } = follow(t, await folder.make(["order"])).current();
    const stranger = follow(t, await openFolder(t).make(["order"])).current();
    return openClient(t, address, fixed({ ...stranger, authority }));
  },
  /CERT_SIGNATURE_FAILURE/,
);
test(
  "a client whose certificate has expired",
  refuses,
  async (t, address, folder) => openClient(t, address, fixed(read(await folder.make(["order"], -0.01)))),
  /CERT_HAS_EXPIRED/,
);

test("a server with another service's certificate is not believed", async (t) => {
  const folder = openFolder(t);
  const { address, callers } = await startServer(t, follow(t, await folder.make(["payment"])));
  const client = openClient(t, address, follow(t, await folder.make(["order"])));
  t.is(await call(client), "unavailable");
  t.deepEqual(callers, []);
});

test("new certificates are taken without a restart: who has the old ones goes on, who comes has the new ones", async (t) => {
  const folder = openFolder(t);
  const ofServer = follow(t, await folder.make());
  const { address, callers, refused } = await startServer(t, ofServer);
  const early = openClient(t, address, follow(t, await folder.make(["order"])));
  t.is(await call(early), "answered");
  const before = ofServer.current();
  const changed = new Promise<void>((resolve) => ofServer.onChange(resolve));
  await folder.make();
  await changed;
  t.notDeepEqual(ofServer.current().certificate, before.certificate);
  t.is(await call(early), "answered");
  t.is(await call(openClient(t, address, follow(t, await folder.make(["payment"])))), "answered");
  t.deepEqual(callers, [["order"], ["order"], ["payment"]]);
  t.deepEqual(refused, []);
});

test("what replaces the certificates and is none is reported once, and the last ones go on", async (t) => {
  const files = await openFolder(t).make();
  const problems: string[] = [];
  const certificates = follow(t, files, problems);
  const before = certificates.current();
  const other = read(await openFolder(t).make());
  writeFileSync(files.key, other.key);
  await until(() => problems.length > 0);
  t.regex(problems[0] ?? "", /mismatch/);
  // At once, as what writes certificates does: half of one would be another problem.
  writeFileSync(`${files.certificate}.new`, other.certificate);
  renameSync(`${files.certificate}.new`, files.certificate);
  await until(() => certificates.current() !== before);
  t.is(problems.length, 1);
});

test("a process without its certificates, or with expired ones, does not start", async (t) => {
  const files = await openFolder(t).make(["cart"], -0.01);
  t.throws(() => follow(t, files), { message: /expired/ });
  t.throws(() => follow(t, { ...files, key: "/nowhere/key.pem" }), { message: /\/nowhere\/key\.pem cannot be read/ });
});

test("certificate files are set together or not at all", (t) => {
  t.is(certificateFilesOf({}), undefined);
  t.throws(() => certificateFilesOf({ TLS_KEY_FILE: "key.pem" }), { message: /together/ });
});

test("a certificate names services by its own region's identities alone", (t) => {
  const names = `URI:${identityOf("order", "eu")}, DNS:payment, URI:${identityOf("cart", "us")}, IP Address:127.0.0.1`;
  t.deepEqual(servicesNamedIn(names, "eu"), ["order"]);
  t.deepEqual(servicesNamedIn(`DNS:"x, URI:${identityOf("order", "eu")}, y"`, "eu"), []);
  t.deepEqual(servicesNamedIn(undefined, "eu"), []);
});

const key = Buffer.alloc(32, 7);
const identified = test.macro<[string | undefined, readonly string[] | undefined, string]>({
  async exec(t, token, peer, outcome) {
    const headers = token === undefined ? {} : { "x-mesh-caller": callerToken(key, token) };
    const authenticate = authenticationInterceptor(createCallerVerifier(key), () => Promise.reject(new Error("none")));
    const seen: string[] = [];
    const next = authenticate(async (_, { caller }) => {
      seen.push(caller);
      return create(createCart.output);
    });
    const call = { method: createCart, requestHeaders: { get: (name: string) => headers[name as never] }, peer };
    // Nothing else of a call is looked at.
    const answer = next(create(createCart.input), call as unknown as Call).then(
      () => seen[0],
      (error: DomainError) => error.reason,
    );
    t.is(await answer, outcome);
  },
  title: (title = "") => title,
});
test("a token that the certificate bears out is believed", identified, "order", ["cart", "order"], "order");
test(
  "a token for another service than the certificate's is refused",
  identified,
  "payment",
  ["order"],
  "CALLER_MISMATCH",
);
test("a certificate of one service needs no token", identified, undefined, ["order"], "order");
test("a certificate of several services says nothing without a token", identified, undefined, ["cart", "order"], "");
test("on loopback, without TLS, the token is believed", identified, "order", undefined, "order");
