import type { DescService } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import type { Faults } from "../faults/faults.ts";
import { faultyTransport } from "../faults/inject.ts";
import { boundedTransport } from "../load/bounded-transport.ts";
import { createOutflow, type Outflow } from "../load/outflow.ts";
import { createGrpcTransport } from "../transport/grpc/client.ts";
import { channelSecurityOf, type Tls } from "../transport/grpc/tls.ts";
import { createLocalTransport, type Freeze } from "../transport/local.ts";
import type { Dispatch, Transport } from "../transport/transport.ts";

/** How the services of one process reach the others: in memory where they share it, by gRPC elsewhere. */
export type Transports = {
  /** The transport to service `name`; opened at first use. Throws SERVICE_UNAVAILABLE where this mesh has none. */
  to(name: string): Transport;
  /** What keeps calls from service `name` while it refuses them. */
  outflow(name: string): Outflow;
  /** From now on service `name` answers in this process. */
  host(name: string, dispatch: Dispatch): void;
  close(): void;
};

/** `addressOf` names where a service that is not hosted here listens; `contractsOf` what may be called there. */
export function createTransports(options: {
  readonly hosted: ReadonlySet<string>;
  readonly addressOf: (name: string) => string;
  readonly contractsOf: (name: string) => readonly DescService[];
  /** With it, only who shows a certificate of the service asked is believed to be it. */
  readonly tls?: Tls;
  readonly freeze?: Freeze;
  /** What hides a service from those who call from here. */
  readonly faults?: () => Faults | undefined;
}): Transports {
  const open = new Map<string, Transport>();
  const faulty = (transport: Transport): Transport =>
    options.faults === undefined ? transport : faultyTransport(transport, options.faults);
  const outflows = new Map<string, Outflow>();
  const outflowOf = (name: string): Outflow => {
    const outflow = outflows.get(name) ?? createOutflow();
    outflows.set(name, outflow);
    return outflow;
  };
  const wayTo = (name: string): Transport => {
    const known = open.get(name);
    if (known !== undefined) return known;
    // It shares this process and is not started yet.
    if (options.hosted.has(name)) throw unavailable(name);
    const security = options.tls && channelSecurityOf(options.tls, name);
    const transport = faulty(createGrpcTransport(addressOf(name, options), options.contractsOf(name), security));
    const way = boundedTransport(transport, outflowOf(name));
    open.set(name, way);
    return way;
  };
  return {
    to: wayTo,
    outflow: outflowOf,
    host(name, dispatch) {
      // What shares the process shares its admission: nothing is refused on the way.
      open.set(name, faulty(createLocalTransport(dispatch, options.freeze)));
    },
    close() {
      for (const way of open.values()) way.close();
    },
  };
}

function addressOf(name: string, options: { readonly addressOf: (name: string) => string }): string {
  try {
    return options.addressOf(name);
  } catch (error) {
    throw unavailable(name, error);
  }
}

function unavailable(service: string, cause?: unknown): DomainError {
  return new DomainError("unavailable", "SERVICE_UNAVAILABLE", { service }, { cause });
}
