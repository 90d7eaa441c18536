import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import {
  createConnectHandler,
  createReflection,
  type Dispatch,
  type Duplex,
  type EdgeServer,
  type Effect,
  isOpenAtEdge,
  listenEdge,
  type Log,
} from "@shopmesh/mesh";
import { createEdge, type EdgeRoute } from "./edge.ts";
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
  readonly log: Log;
} & GuardOptions;

/** The one port that browsers and programs reach. */
export type Door = Effect & {
  /** Where it listens, once it is started. */
  port(): number | undefined;
};

/** Connect, gRPC-Web and gRPC, and what is no RPC, over HTTP/1.1 and HTTP/2 on one port. */
export function createDoor(options: DoorOptions): Door {
  let server: EdgeServer | undefined;
  const { log } = options;
  const contracts = options.contracts.filter(({ methods }) => methods.some(isOpenAtEdge));
  const shown = [...contracts, Health, ServerReflection];
  const health = answerHealth(contracts);
  const common: readonly DescService[] = [Health, ServerReflection];
  const answer = createConnectHandler({
    contracts: shown,
    dispatch: (method, incoming) =>
      method.parent === Health ? health(method, incoming) : options.dispatch(method, incoming),
    isShown: (method) => common.includes(method.parent) || isOpenAtEdge(method),
    duplex: new Map([[ServerReflection.method.serverReflectionInfo, reflect(shown)]]),
    fallback: createEdge(options.routes, { bodyTimeoutMs: 30_000, stallMs: 30_000 }, log),
    log,
  });
  return {
    name: "door",
    port: () => server?.port,
    async start() {
      server = await listenEdge(guard(answer, options), options);
    },
    async stop() {
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
