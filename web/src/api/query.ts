import { createConnectQueryKey } from "@connectrpc/connect-query";
import { notifyManager, QueryClient } from "@tanstack/react-query";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { problemOf } from "./problem.ts";
import { transport } from "./transport.ts";

const FRESH_MS = 15_000;
const MAX_RETRIES = 2;

// What somebody chooses is shown before the browser does anything else: by a timer the box would first fall back to what it was.
notifyManager.setScheduler(queueMicrotask);

/** What the page has read. Only what may pass is asked again: a refusal stays one. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      retry: (failures, error) => failures < MAX_RETRIES && problemOf(error).isPassing,
    },
  },
});

/** Under which key a cart is kept. */
export function cartKey(cartId: string) {
  return createConnectQueryKey({
    schema: CartService.method.getCart,
    input: { cartId },
    transport,
    cardinality: "finite",
  });
}
