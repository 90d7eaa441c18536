import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type PeerCertificate, type TLSSocket } from "node:tls";
import * as grpc from "@grpc/grpc-js";
import type { CertificateSet, Certificates } from "../../identity/certificates.ts";
import { servicesNamedIn } from "../../identity/peer.ts";
import type { Log } from "../../log.ts";
import { hostOf } from "./target.ts";

/** By what the processes of a mesh know each other. */
export type Tls = { readonly certificates: Certificates; readonly region: string };

/** A port that only processes of the mesh reach. */
export type TlsPort = {
  readonly port: number;
  /** The services that the certificate of the connection from `peer` ("address:port") names. */
  servicesAt(peer: string): readonly string[];
  /** Takes no new connections. */
  close(): void;
};

type SecureListener = (set: CertificateSet) => void;

const HANDSHAKE_MS = 10_000;

/** How a channel is opened where there is TLS. */
export type ChannelSecurity = { readonly credentials: grpc.ChannelCredentials; readonly serverName: string };

/** How to reach `service`: shows our certificate, and believes only one of that service, wherever it answers. */
export function channelSecurityOf({ certificates, region }: Tls, service: string): ChannelSecurity {
  const provider = providerOf(certificates);
  const credentials = grpc.experimental.createCertificateProviderChannelCredentials(provider, provider, {
    checkServerIdentity(_: string, { subjectaltname }: PeerCertificate) {
      const named = servicesNamedIn(subjectaltname, region);
      if (named.includes(service)) return undefined;
      return new Error(`who answers for ${service} shows a certificate of ${named.join(" ") || "nobody"}`);
    },
  });
  return { credentials, serverName: service };
}

/** Listens with TLS for `server`; who shows no certificate of the mesh's authority is refused, and told of in the log. */
export async function listenTls(
  server: grpc.Server,
  address: string,
  { certificates, region, log }: Tls & { readonly log: Log },
): Promise<TlsPort> {
  const peers = new Map<string, readonly string[]>();
  // grpc-js speaks HTTP/2 over the connections that it is given; who may connect is decided here.
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const listener = createServer(
    { ...contextOf(certificates.current()), requestCert: true, ALPNProtocols: ["h2"], handshakeTimeout: HANDSHAKE_MS },
    (socket) => {
      const peer = peerOf(socket);
      peers.set(peer, servicesNamedIn(socket.getPeerCertificate().subjectaltname, region));
      socket.once("close", () => peers.delete(peer));
      injector.injectConnection(socket);
    },
  );
  listener.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    const reason = String(socket.authorizationError ?? error.code ?? error.message);
    log.warn("a connection was refused: it shows no certificate of this mesh", {
      reason,
      peer: peerOf(socket),
      address,
    });
    socket.destroy();
  });
  const forget = certificates.onChange(() => listener.setSecureContext(contextOf(certificates.current())));
  listener.listen(portOf(address), hostOf(address));
  await once(listener, "listening").catch((error: Error) => {
    throw new Error(`cannot listen on ${address}: ${error.message}`, { cause: error });
  });
  return {
    port: (listener.address() as AddressInfo).port,
    servicesAt: (peer) => peers.get(peer) ?? [],
    close() {
      forget();
      listener.close();
    },
  };
}

function contextOf({ certificate, key, authority }: CertificateSet) {
  return { cert: certificate, key, ca: authority, minVersion: "TLSv1.3" as const };
}

/** As grpc-js writes where a call comes from. */
function peerOf({ remoteAddress, remotePort }: TLSSocket): string {
  return `${remoteAddress}:${remotePort}`;
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** Tells grpc-js the certificates of now, and each time that there are others. */
function providerOf(certificates: Certificates): grpc.experimental.CertificateProvider {
  const forgetting = new Map<unknown, () => void>();
  const add = (listener: unknown, tell: SecureListener): void => {
    const now = (): void => tell(certificates.current());
    forgetting.set(listener, certificates.onChange(now));
    process.nextTick(now);
  };
  const remove = (listener: unknown): void => {
    forgetting.get(listener)?.();
    forgetting.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) => add(listener, ({ authority }) => listener({ caCertificate: authority })),
    removeCaCertificateListener: remove,
    addIdentityCertificateListener: (listener) =>
      add(listener, ({ certificate, key }) => listener({ certificate, privateKey: key })),
    removeIdentityCertificateListener: remove,
  };
}
