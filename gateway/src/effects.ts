import type { ConnectRouter } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
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
};

/** The one port that browsers and programs reach: Connect, gRPC-Web and gRPC, and what is no RPC. */
export function createDoor(options: DoorOptions): Effect {
  let server: EdgeServer | undefined;
  const shown = options.contracts.filter(({ methods }) => methods.some(isOpenAtEdge));
  const handler = createConnectHandler({
    contracts: shown,
    dispatch: options.dispatch,
    isShown: isOpenAtEdge,
    routes: (router) => addCommon(router, shown),
    fallback: createEdge(options.routes),
  });
  return {
    name: "door",
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
  router.service(Health, {
    check: () => ({ status: Serving.SERVING }),
    async *watch() {
      yield { status: Serving.SERVING };
    },
  });
}
