import { once } from "node:events";
import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@shopmesh/contracts/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "@shopmesh/contracts/grpc/reflection/v1/reflection_pb.ts";
import {
  createConnectHandler,
  createReflection,
  type Dispatch,
  type EdgeServer,
  type Effect,
  isOpenAtEdge,
  listenEdge,
  type Log,
} from "@shopmesh/mesh";
import { createEdge, type EdgeRoute } from "./edge.ts";

/** What the door is made of. */
export type DoorOptions = {
  readonly host: string;
  readonly port: number;
  readonly drainMs: number;
  readonly contracts: readonly DescService[];
  readonly dispatch: Dispatch;
  readonly routes: readonly EdgeRoute[];
  readonly log: Log;
};

/** The one port that browsers and programs reach. */
export type Door = Effect & {
  /** Where it listens, once it is started. */
  port(): number | undefined;
};

/** Connect, gRPC-Web and gRPC, and what is no RPC, over HTTP/1.1 and HTTP/2 on one port. */
export function createDoor(options: DoorOptions): Door {
  let server: EdgeServer | undefined;
  const shown = options.contracts.filter(({ methods }) => methods.some(isOpenAtEdge));
  const handler = createConnectHandler({
    contracts: shown,
    dispatch: options.dispatch,
    isShown: isOpenAtEdge,
    routes: (router) => addCommon(router, shown),
    fallback: createEdge(options.routes, options.log),
  });
  return {
    name: "door",
    port: () => server?.port,
    async start() {
      server = await listenEdge(handler, options);
    },
    async stop() {
      await server?.stop(options.drainMs);
    },
  };
}

/** Health of the gateway itself, and reflection over all that it shows. */
function addCommon(router: ConnectRouter, contracts: readonly DescService[]): void {
  const answer = createReflection([...contracts, Health, ServerReflection]);
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests) yield answer(request);
    },
  });
  const names = new Set(["", Health.typeName, ...contracts.map(({ typeName }) => typeName)]);
  const answerFor = (service: string) => {
    if (!names.has(service)) throw new ConnectError(`service ${service} is not known here`, Code.NotFound);
    return { status: Serving.SERVING };
  };
  router.service(Health, {
    check: ({ service }) => answerFor(service),
    async *watch({ service }, { signal }) {
      yield answerFor(service);
      // What changes is that the door closes, and the stream with it.
      if (!signal.aborted) await once(signal, "abort");
    },
  });
}
