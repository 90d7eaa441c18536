import type { DescService } from "@bufbuild/protobuf";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { DomainError } from "@shopmesh/kernel";
import {
  contractOf,
  type DoorKeeper,
  errorJsonOf,
  headerNames,
  headerOf,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  httpStatusOf,
  type MethodContract,
  overloaded,
  ownerOf,
  requestTargetOf,
  sendHead,
  statusOf,
} from "@shopmesh/mesh";
import type { FindClientAddress } from "./client-address.ts";
import { type Limits, rateLimited, rateLimitFields, retryAfterOf } from "./limits.ts";

/** What decides who comes in. */
export type AdmitOptions = {
  readonly contracts: readonly DescService[];
  /** Health and reflection. */
  readonly common: readonly DescService[];
  readonly door: DoorKeeper;
  readonly rates: Limits;
  readonly clientAddress: FindClientAddress;
  /** Answers a call with a refusal in the call's own protocol. */
  readonly refuse: (request: HttpRequest, response: HttpResponse, refusal: DomainError) => void;
};

const internalHeaders = Object.values(headerNames).filter((name) => name.startsWith("x-mesh-"));
/** A refusal as it goes out, made once where it is always the same. */
type Sent = {
  readonly refusal: DomainError;
  readonly status: number;
  readonly body: Buffer;
  readonly retryAfter: string;
};

const overload = sentOf(overloaded());
const WEBHOOKS = "/webhooks/";

/**
 * Lets in what there is room for, and no more of one address than is fair, before anything is read of it: a refusal costs
 * next to nothing. Health and reflection are always answered. Nobody outside says anything in the mesh's own headers.
 */
export function admit(handler: HttpHandler, options: AdmitOptions): HttpHandler {
  const { rates, clientAddress } = options;
  const contracts = new Map(methodsOf(options.contracts).map((contract) => [contract.path, contract]));
  const operations = new Set(["/healthz", "/readyz", ...methodsOf(options.common).map(({ path }) => path)]);
  return (request, response) => {
    for (const name of internalHeaders) delete request.headers[name];
    const { path } = requestTargetOf(request);
    if (operations.has(path)) return handler(request, response);
    const address = clientAddress(request);
    request.headers[headerNames.clientAddress] = address;
    const verdict = rates.countRequest(address, path.startsWith(WEBHOOKS));
    const { policy, state } = rateLimitFields(verdict);
    response.setHeader("ratelimit-policy", policy);
    response.setHeader("ratelimit", state);
    if (verdict.standing.isOver) return refuse(request, response, sentOf(rateLimited(verdict)), options);
    if (!isWelcome(options.door, path, contracts.get(path))) return refuse(request, response, overload, options);
    handler(request, response);
  };
}

function methodsOf(services: readonly DescService[]): readonly MethodContract[] {
  return services.flatMap(({ methods }) => methods.map(contractOf));
}

/** Whether there is room for the request, and its target can be expected to take it up. */
function isWelcome(door: DoorKeeper, path: string, contract: MethodContract | undefined): boolean {
  if (contract === undefined) {
    return door.hasRoom(path.startsWith(WEBHOOKS) ? Criticality.CRITICAL : Criticality.NORMAL, false);
  }
  const { criticality, method } = contract;
  const owner = ownerOf(method.parent);
  const isStream = method.methodKind !== "unary";
  if (owner === "mesh") return !isStream || door.hasRoom(criticality, isStream);
  return door.hasRoom(criticality, isStream) && door.isTaken(owner, criticality);
}

/** Plain JSON at once, where that is what the client reads; what is left of the request goes unread. */
function refuse(request: HttpRequest, response: HttpResponse, sent: Sent, options: AdmitOptions): void {
  const type = headerOf(request, "content-type") ?? "";
  if (type.startsWith("application/grpc") || type.startsWith("application/connect")) {
    response.setHeader("retry-after", sent.retryAfter);
    options.refuse(request, response, sent.refusal);
    return;
  }
  sendHead(response, sent.status, {
    "content-type": "application/json",
    "content-length": sent.body.length,
    "retry-after": sent.retryAfter,
  });
  response.end(sent.body);
  request.resume();
}

function sentOf(refusal: DomainError): Sent {
  const status = statusOf(refusal);
  const body = Buffer.from(JSON.stringify(errorJsonOf(status)));
  return { refusal, status: httpStatusOf(status), body, retryAfter: retryAfterOf(refusal) ?? "1" };
}
