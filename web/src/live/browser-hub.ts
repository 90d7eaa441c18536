import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { LiveService } from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import { createHub, type Hub } from "./hub.ts";

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 8_000;

/** A hub over the gateway that this page or worker came from. */
export function openHub(): Hub {
  // In binary form a topic's messages pass through unread: the hub knows no service.
  const transport = createConnectTransport({ baseUrl: self.location.origin, useBinaryFormat: true });
  const client = createClient(LiveService, transport);
  return createHub({
    open: (topics, signal) =>
      client.watch(
        {
          topics: topics.map(({ id, method, typeName, request, cursor, accessToken }) => ({
            id,
            method,
            request: { typeUrl: `type.googleapis.com/${typeName}`, value: new Uint8Array(request) },
            cursor,
            accessToken,
          })),
        },
        { signal },
      ),
    // With chance in it, so that not all browsers come at once.
    pauseMs: (failures) => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures) * (0.5 + Math.random() / 2),
    whenFree: (lock) => navigator.locks.request(lock, () => undefined),
  });
}
