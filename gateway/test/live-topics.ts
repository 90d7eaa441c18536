import { create, createRegistry, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack, anyUnpack } from "@bufbuild/protobuf/wkt";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { WatchCartRequestSchema, WatchCartResponseSchema } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { ErrorInfoSchema } from "@shopmesh/contracts/shop/common/v1/error_pb.ts";
import {
  LiveService,
  type TopicSchema,
  TopicStateSchema,
  type WatchResponse,
} from "@shopmesh/contracts/shop/mesh/v1/live_service_pb.ts";
import {
  WatchOrderRequestSchema,
  WatchOrderResponseSchema,
} from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { Sent } from "./door.ts";

type TopicInit = MessageInitShape<typeof TopicSchema> & { readonly $typeName?: never };
type More = { readonly cursor?: string; readonly accessToken?: string; readonly method?: string };

export const orderId = "0190a5b2-0000-7000-8000-000000000001";
export const cartId = "0190a5b2-0000-7000-8000-000000000002";

/** A log: an order's timeline, as the topic "order". */
export function orderTopic(more: More = {}): TopicInit {
  const request = create(WatchOrderRequestSchema, { orderGroupId: orderId });
  const method = "shop.order.v1.OrderService/WatchOrder";
  return { id: "order", method, request: anyPack(WatchOrderRequestSchema, request), ...more };
}

/** A state: a cart, as the topic "cart". */
export function cartTopic(more: More = {}): TopicInit {
  const request = create(WatchCartRequestSchema, { cartId });
  const method = "shop.cart.v1.CartService/WatchCart";
  return { id: "cart", method, request: anyPack(WatchCartRequestSchema, request), ...more };
}

/** What a client needs to know to read the topics' messages in JSON. */
export const jsonOptions = {
  registry: createRegistry(
    ErrorInfoSchema,
    WatchOrderRequestSchema,
    WatchOrderResponseSchema,
    WatchCartRequestSchema,
    WatchCartResponseSchema,
  ),
};

/** A client of the door; by default Connect's binary form over HTTP/1.1, as the web app's. */
export function liveClient(baseUrl: string, transport?: Transport) {
  const standard = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true });
  return createClient(LiveService, transport ?? standard);
}

/** What one response says, in short: "beat", "order live", "order 3", "cart ended CART_NOT_FOUND". */
export function said({ event }: WatchResponse): string {
  if (event.case === undefined) return "beat";
  if (event.case === "message") return `${event.value.topicId} ${event.value.cursor}`;
  const { topicId, state, error } = event.value;
  const word = TopicStateSchema.value[state]?.localName.toLowerCase() ?? "";
  const reason = error?.details.map((detail) => anyUnpack(detail, ErrorInfoSchema)?.reason).join();
  return [topicId, word, reason].filter((part) => part !== undefined).join(" ");
}

/** The version of the cart in a message. */
export function versionIn({ event }: WatchResponse): bigint | undefined {
  if (event.case !== "message" || event.value.response === undefined) return undefined;
  return anyUnpack(event.value.response, WatchCartResponseSchema)?.cart?.version;
}

/** What `stream` says next, in short. Fails where it has ended. */
export function sayer(stream: AsyncIterable<WatchResponse>) {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    async next(count: number): Promise<readonly string[]> {
      const all: string[] = [];
      while (all.length < count) {
        const { value, done } = await iterator.next();
        if (done === true) throw new Error(`the stream ended after: ${all.join(", ")}`);
        all.push(said(value));
      }
      return all;
    },
    /** Everything to the end. */
    async rest(): Promise<readonly string[]> {
      const all: string[] = [];
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        all.push(said(next.value));
      return all;
    },
    leave: () => iterator.return?.(),
  };
}

/** A log that services behind the door follow: entry n has the cursor n. It can break, and be told to go on. */
export function growingLog(length: number) {
  let end = length;
  let failure: Error | undefined;
  const changed = new EventTarget();
  const change = (): void => void changed.dispatchEvent(new Event("change"));
  return {
    grow(more: number): void {
      end += more;
      change();
    },
    /** Ends every stream there is with `error`; those opened later flow. */
    fail(error: Error): void {
      failure = error;
      change();
      failure = undefined;
    },
    async *follow({ request, origin: { signal } }: Sent): AsyncIterable<Record<string, unknown>> {
      let at = Number(request["cursor"]);
      let broken: Error | undefined;
      let proceed = (): void => {};
      const hear = (): void => {
        broken ??= failure;
        proceed();
      };
      changed.addEventListener("change", hear);
      signal.addEventListener("abort", hear);
      try {
        if (at >= end) yield { cursor: String(at) };
        while (!signal.aborted) {
          if (broken !== undefined) throw broken;
          if (at < end) {
            at += 1;
            yield { cursor: String(at), group: { version: BigInt(at) }, cart: { version: BigInt(at) } };
          } else {
            await new Promise<void>((resolve) => {
              proceed = resolve;
            });
          }
        }
      } finally {
        changed.removeEventListener("change", hear);
        signal.removeEventListener("abort", hear);
      }
    },
  };
}
