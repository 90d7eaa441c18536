import type { DescService } from "@bufbuild/protobuf";
import { createGrpcTransport } from "../transport/grpc/client.ts";
import { createLocalTransport, type Freeze } from "../transport/local.ts";
import type { Dispatch, Transport } from "../transport/transport.ts";

/** How the services of one process reach the others: in memory where they share it, by gRPC elsewhere. */
export type Transports = {
  /** The transport to service `name`; opened at first use. */
  to(name: string): Transport;
  /** From now on service `name` answers in this process. */
  host(name: string, dispatch: Dispatch): void;
  close(): void;
};

/** `addressOf` names where a service that is not hosted here listens; `contractsOf` what may be called there. */
export function createTransports(options: {
  readonly hosted: ReadonlySet<string>;
  readonly addressOf: (name: string) => string;
  readonly contractsOf: (name: string) => readonly DescService[];
  readonly freeze?: Freeze;
}): Transports {
  const open = new Map<string, Transport>();
  return {
    to(name) {
      const known = open.get(name);
      if (known !== undefined) return known;
      if (options.hosted.has(name)) throw new Error(`${name} is not started yet in this process`);
      const transport = createGrpcTransport(options.addressOf(name), options.contractsOf(name));
      open.set(name, transport);
      return transport;
    },
    host(name, dispatch) {
      open.set(name, createLocalTransport(dispatch, options.freeze));
    },
    close() {
      for (const transport of open.values()) transport.close();
    },
  };
}
