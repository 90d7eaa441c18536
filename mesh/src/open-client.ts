import type { DescService } from "@bufbuild/protobuf";
import { createClient } from "./client.ts";
import { ownerOf } from "./contract.ts";
import type { Client } from "./handler.ts";
import { type CertificateFiles, followCertificates } from "./identity/certificates.ts";
import { createGrpcTransport } from "./transport/grpc/client.ts";
import { channelSecurityOf } from "./transport/grpc/tls.ts";

/** A client of one service by gRPC, for programs beside the mesh: a seed, a tool, a test. */
export function openClient<S extends DescService>(
  contract: S,
  options: {
    readonly address: string;
    readonly callerToken: string;
    readonly region: string;
    /** What it shows to a mesh with TLS; see certificateFilesOf. */
    readonly certificates?: CertificateFiles | undefined;
  },
): { readonly client: Client<S>; close(): void } {
  const { address, region, certificates: files } = options;
  const certificates = files && followCertificates(files, { report: () => undefined });
  const security = certificates && channelSecurityOf({ certificates, region }, ownerOf(contract));
  const transport = createGrpcTransport(address, [contract], security);
  return {
    client: createClient(contract, () => transport, options),
    close() {
      transport.close();
      certificates?.close();
    },
  };
}

/** An origin of no call: acts for itself, for at most `timeoutMs`. */
export function openOrigin(timeoutMs: number, requestId: string) {
  return {
    actorToken: "",
    deadlineMs: Date.now() + timeoutMs,
    signal: new AbortController().signal,
    requestId,
    isInTransaction: false,
  };
}
