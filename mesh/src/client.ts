import { create, type DescService, type Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import type { ResponseHeaders } from "./call.ts";
import { contractOf, type MethodContract } from "./contract.ts";
import { isInside } from "./database/inside.ts";
import type { Client, Origin } from "./handler.ts";
import { injectActiveTrace, withClientSpan, withClientStreamSpan } from "./telemetry/spans.ts";
import { criticalityHeader } from "./load/criticality.ts";
import { headerNames, type Outgoing, type Transport } from "./transport/transport.ts";

/** Who makes the calls of a client. */
export type ClientIdentity = {
  /** The caller token; empty for a client from outside the mesh. */
  readonly callerToken: string;
  readonly region: string;
  /** Whose calls they are, for their spans; absent outside the mesh. */
  readonly service?: string;
};

/** Kept back from the caller's deadline, so that its answer still finds the way home. */
const HOP_RESERVE_MS = 10;

/**
 * A typed client of `contract`. The transport is asked for at each call, so that a service which starts later, or in
 * this same process, is found.
 */
export function createClient<S extends DescService>(
  contract: S,
  transport: () => Transport,
  identity: ClientIdentity,
): Client<S> {
  const methods = contract.methods.map((method) => {
    const described = contractOf(method);
    const send = method.methodKind === "unary" ? callUnary : callStream;
    return [
      method.localName,
      (request: Message, origin: Origin) => send(described, request, origin, transport(), identity),
    ] as const;
  });
  return Object.fromEntries(methods) as unknown as Client<S>;
}

/** Sends an already typed-away request on, as the gateway does. */
export function callUnary(
  contract: MethodContract,
  request: Message,
  origin: Origin,
  transport: Transport,
  identity: ClientIdentity,
): Promise<Message> {
  const send = async (inject: (headers: ResponseHeaders) => void): Promise<Message> => {
    const outgoing = outgoingOf(contract, origin, identity);
    inject(setterOf(outgoing.headers));
    return await transport.unary(contract, requestOf(contract, request), outgoing);
  };
  // In one process a call is one span: the server's tells all that the client's would.
  return transport.isLocal === true ? send(injectActiveTrace) : withClientSpan(contract.method, send, identity.service);
}

/** As callUnary for a server stream. */
export function callStream(
  contract: MethodContract,
  request: Message,
  origin: Origin,
  transport: Transport,
  identity: ClientIdentity,
): AsyncIterable<Message> {
  const send = async function* (inject: (headers: ResponseHeaders) => void): AsyncIterable<Message> {
    const outgoing = outgoingOf(contract, origin, identity);
    inject(setterOf(outgoing.headers));
    yield* transport.stream(contract, requestOf(contract, request), outgoing);
  };
  return transport.isLocal === true
    ? send(injectActiveTrace)
    : withClientStreamSpan(contract.method, send, identity.service);
}

function setterOf(headers: Record<string, string>): ResponseHeaders {
  return {
    set(name, value) {
      headers[name] = value;
    },
  };
}

/** What travels beside a request, and until when. Throws where a transaction is open: no call waits under a lock. */
export function outgoingOf(
  contract: MethodContract,
  origin: Origin,
  identity: ClientIdentity,
): Outgoing & { readonly headers: Record<string, string> } {
  if (origin.isInTransaction || isInside()) {
    throw new DomainError("internal", "CALL_IN_TRANSACTION", { method: contract.path });
  }
  const headers: Record<string, string> = {
    [headerNames.requestId]: origin.requestId,
    [headerNames.region]: identity.region,
  };
  if (identity.callerToken !== "") headers[headerNames.caller] = identity.callerToken;
  if (origin.userAgent !== undefined) headers[headerNames.userAgent] = origin.userAgent;
  if (origin.actorToken !== "") headers[headerNames.actor] = `Bearer ${origin.actorToken}`;
  const criticality = criticalityHeader(contract, origin.criticality);
  if (criticality !== undefined) headers[headerNames.criticality] = criticality;
  if (origin.clientAddress !== undefined) headers[headerNames.clientAddress] = origin.clientAddress;
  const deadlineMs = Math.min(origin.deadlineMs - HOP_RESERVE_MS, Date.now() + contract.deadlineMs);
  return { headers, deadlineMs, signal: origin.signal };
}

function requestOf({ method }: MethodContract, request: Message): Message {
  return create(method.input, request);
}
