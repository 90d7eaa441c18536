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
  sendHead,
  statusOf,
} from "@shopmesh/mesh";
import type { FindClientAddress } from "./client-address.ts";
import { type Limits, rateLimited, rateLimitFields, retryAfterOf } from "./limits.ts";

/** What decides who comes in. */
export type AdmitOptions = {
  readonly contracts: readonly DescService[];
  readonly door: DoorKeeper;
  readonly rates: Limits;
  readonly clientAddress: FindClientAddress;
  /** Answers a call with a refusal in the call's own protocol. */
  readonly refuse: (request: HttpRequest, response: HttpResponse, refusal: DomainError) => void;
};

const internalHeaders = Object.values(headerNames).filter((name) => name.startsWith("x-mesh-"));
const overload = overloaded();
const overloadBody = bodyOf(overload);
const WEBHOOKS = "/webhooks/";

/**
 * Lets in what there is room for, and no more of one address than is fair, before anything is read of it: a refusal costs
 * next to nothing. Health and reflection are always answered. Nobody outside says anything in the mesh's own headers.
 */
export function admit(handler: HttpHandler, options: AdmitOptions): HttpHandler {
  const { rates, clientAddress } = options;
  const contracts = new Map(
    options.contracts.flatMap(({ methods }) => methods.map(contractOf)).map((contract) => [contract.path, contract]),
  );
  return (request, response) => {
    for (const name of internalHeaders) delete request.headers[name];
    const path = pathOf(request);
    if (isOperation(path)) return handler(request, response);
    const address = clientAddress(request);
    request.headers[headerNames.clientAddress] = address;
    const verdict = rates.countRequest(address, path.startsWith(WEBHOOKS));
    const { policy, state } = rateLimitFields(verdict);
    response.setHeader("ratelimit-policy", policy);
    response.setHeader("ratelimit", state);
    if (verdict.standing.isOver) return refuse(request, response, rateLimited(verdict), options);
    const leave = enter(options.door, path, contracts.get(path));
    if (leave === undefined) return refuse(request, response, overload, options);
    response.once("close", leave);
    handler(request, response);
  };
}

/** A place for the request, where its target can be expected to take it up. */
function enter(door: DoorKeeper, path: string, contract: MethodContract | undefined): (() => void) | undefined {
  if (contract === undefined) {
    return door.enter(path.startsWith(WEBHOOKS) ? Criticality.CRITICAL : Criticality.NORMAL, false);
  }
  const { criticality, method } = contract;
  const owner = ownerOf(method.parent);
  const isStream = method.methodKind !== "unary";
  if (owner === "mesh" && !isStream) return free;
  if (owner !== "mesh" && !door.isTaken(owner, criticality)) return undefined;
  return door.enter(criticality, isStream);
}

const free = (): void => undefined;

function isOperation(path: string): boolean {
  return path.startsWith("/grpc.") || path === "/healthz" || path === "/readyz";
}

function pathOf({ url = "" }: HttpRequest): string {
  const end = url.indexOf("?");
  return end < 0 ? url : url.slice(0, end);
}

/** Plain JSON at once, where that is what the client reads; what is left of the request goes unread. */
function refuse(request: HttpRequest, response: HttpResponse, refusal: DomainError, options: AdmitOptions): void {
  const retryAfter = retryAfterOf(refusal);
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  const type = headerOf(request, "content-type") ?? "";
  if (type.startsWith("application/grpc") || type.startsWith("application/connect")) {
    options.refuse(request, response, refusal);
    return;
  }
  const body = refusal === overload ? overloadBody : bodyOf(refusal);
  sendHead(response, httpStatusOf(statusOf(refusal)), {
    "content-type": "application/json",
    "content-length": body.length,
  });
  response.end(body);
  request.resume();
}

function bodyOf(refusal: DomainError): Buffer {
  return Buffer.from(JSON.stringify(errorJsonOf(statusOf(refusal))));
}
