import { Code, ConnectError, createClient as createConnectClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport as createConnectGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import {
  type GetAvailabilityRequest,
  InventoryService,
  type WatchAvailabilityRequest,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { deepFreeze } from "../src/freeze.ts";
import { errorOf } from "../src/status.ts";
import { listenEdge } from "../src/transport/connect/listen.ts";
import { createConnectHandler } from "../src/transport/connect/server.ts";
import { createGrpcTransport } from "../src/transport/grpc/client.ts";
import { createGrpcServer } from "../src/transport/grpc/server.ts";
import { createLocalTransport } from "../src/transport/local.ts";
import { silentLog } from "../src/testing/index.ts";
import type { Dispatch, Outgoing, Transport } from "../src/transport/transport.ts";

/** Every way to reach a server. */
export const kinds = ["local", "grpc", "connect json", "connect binary", "connect grpc", "grpc-web"] as const;

/** A server that answers by `dispatch`, and a transport of `kind` to it. */
export async function open(
  kind: (typeof kinds)[number],
  dispatch: Dispatch,
): Promise<{ transport: Transport; stop(): Promise<void> }> {
  if (kind === "local") return { transport: createLocalTransport(dispatch, deepFreeze), stop: async () => undefined };
  if (kind === "grpc") {
    const server = createGrpcServer([InventoryService], dispatch);
    const port = await server.listen("127.0.0.1:0");
    const transport = createGrpcTransport(`127.0.0.1:${port}`, [InventoryService]);
    return { transport, stop: async () => (transport.close(), server.stop(500)) };
  }
  const server = await listenEdge(createConnectHandler({ contracts: [InventoryService], dispatch, log: silentLog }), {
    host: "127.0.0.1",
    port: 0,
    log: silentLog,
  });
  return {
    transport: foreignTransport(kind, `http://127.0.0.1:${server.port}`),
    stop: () => server.stop(200),
  };
}

/** A stock Connect client in the clothes of our transport. */
function foreignTransport(kind: (typeof kinds)[number], baseUrl: string): Transport {
  const connect =
    kind === "connect grpc"
      ? createConnectGrpcTransport({ baseUrl })
      : kind === "grpc-web"
        ? createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })
        : createConnectTransport({
            baseUrl,
            httpVersion: "1.1",
            useBinaryFormat: kind === "connect binary",
          });
  const client = createConnectClient(InventoryService, connect);
  const optionsOf = ({ headers, deadlineMs, signal }: Outgoing) => ({
    headers,
    signal,
    ...(deadlineMs === Number.POSITIVE_INFINITY ? {} : { timeoutMs: deadlineMs - Date.now() }),
  });
  return {
    unary: (_, message, out) =>
      client.getAvailability(message as GetAvailabilityRequest, optionsOf(out)).catch(translate),
    async *stream(_, message, out) {
      try {
        yield* client.watchAvailability(message as WatchAvailabilityRequest, optionsOf(out));
      } catch (error) {
        translate(error);
      }
    },
    close: () => undefined,
  };
}

function translate(error: unknown): never {
  const connectError = ConnectError.from(error);
  const code = connectError.code === Code.Canceled ? 1 : connectError.code;
  throw errorOf(code, connectError.rawMessage, connectError.findDetails(ErrorInfoSchema)[0]);
}
