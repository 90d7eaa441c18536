import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import type { DomainError } from "@shopmesh/kernel";
import {
  type CallLimits,
  createConnectHandler,
  createReflection,
  type Dispatch,
  type Duplex,
  type EdgeLimits,
  type EdgeServer,
  type HttpRequest,
  type Effect,
  isOpenAtEdge,
  listenEdge,
  type Log,
} from "@shopmesh/mesh";
import { createEdge, type EdgeRoute } from "./edge.ts";
import { admit, type AdmitOptions } from "./admit.ts";
import { guard, type GuardOptions } from "./guard.ts";
import { answerHealth } from "./health.ts";

/** What the door is made of. */
export type DoorOptions = {
  readonly host: string;
  readonly port: number;
  readonly drainMs: number;
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  readonly routes: readonly EdgeRoute[];
  readonly limits: DoorLimits;
  /** Whether an address speaks for many clients, which share no connections' limit then. */
  readonly isProxy: (address: string) => boolean;
  readonly log: Log;
} & GuardOptions &
  Pick<AdmitOptions, "door" | "rates" | "clientAddress">;

/** What a client may cost, in connections, time and bytes; what is left out is as the mesh has it. */
export type DoorLimits = Partial<Omit<EdgeLimits, "requestTimeoutMs" | "headersTimeoutMs">> &
  Pick<EdgeLimits, "headersTimeoutMs"> &
  Pick<CallLimits, "bodyTimeoutMs" | "stallMs">;

/** Over HTTP/1.1 a body that is late is refused by its reader, with a reason; only then does the connection end. */
const REQUEST_MARGIN_MS = 5_000;

/** The one port that browsers and programs reach. */
export type Door = Effect & {
  /** Where it listens, once it is started. */
  port(): number | undefined;
};

/** Connect, gRPC-Web and gRPC, and what is no RPC, over HTTP/1.1 and HTTP/2 on one port. */
export function createDoor(options: DoorOptions): Door {
  let server: EdgeServer | undefined;
  const { log, limits } = options;
  const drain = new AbortController();
  const contracts = options.contracts.filter(({ methods }) => methods.some(isOpenAtEdge));
  const common: readonly DescService[] = [Health, ServerReflection];
  const shown = [...contracts, ...common];
  const health = answerHealth(contracts);
  const refusals = new WeakMap<HttpRequest, DomainError>();
  const answer = createConnectHandler({
    contracts: shown,
    dispatch: (method, incoming) =>
      method.parent === Health ? health(method, incoming) : options.dispatch(method, incoming),
    isShown: (method) => common.includes(method.parent) || isOpenAtEdge(method),
    duplex: new Map([[ServerReflection.method.serverReflectionInfo, reflect(shown)]]),
    fallback: createEdge(options.routes, limits, log),
    limits,
    drain: drain.signal,
    log,
    refusalOf: (request) => refusals.get(request),
  });
  const admitting = admit(answer, {
    ...options,
    contracts,
    common,
    refuse(request, response, refusal) {
      refusals.set(request, refusal);
      answer(request, response);
    },
  });
  return {
    name: "door",
    port: () => server?.port,
    async start() {
      const requestTimeoutMs = limits.headersTimeoutMs + limits.bodyTimeoutMs + REQUEST_MARGIN_MS;
      server = await listenEdge(guard(admitting, options), { ...options, limits: { ...limits, requestTimeoutMs } });
    },
    async stop() {
      drain.abort();
      await server?.stop(options.drainMs);
    },
  };
}

/** Reflection over all that is shown. */
function reflect(shown: readonly DescService[]): Duplex {
  const answer = createReflection(shown);
  return async function* (requests) {
    for await (const request of requests) yield answer(request as ServerReflectionRequest);
  };
}
