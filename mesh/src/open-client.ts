import type { DescService } from "@bufbuild/protobuf";
import { createClient } from "./client.ts";
import type { Client } from "./handler.ts";
import { createGrpcTransport } from "./transport/grpc/client.ts";

/** A client of one service by gRPC, for programs beside the mesh: a seed, a tool, a test. */
export function openClient<S extends DescService>(
  contract: S,
  options: { readonly address: string; readonly callerToken: string; readonly region: string },
): { readonly client: Client<S>; close(): void } {
  const transport = createGrpcTransport(options.address, [contract]);
  return {
    client: createClient(contract, () => transport, options),
    close: () => transport.close(),
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
