import { createClient } from "@connectrpc/connect";
import { useEffect, useState } from "react";
import { OrderService, type WatchOrderResponse } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { follow } from "../../api/follow.ts";
import { keyOf } from "../../api/keyring.ts";
import { transport } from "../../api/transport.ts";
import { type LiveGroup, nothing, withMessage } from "./live-group.ts";

const orders = createClient(OrderService, transport);

/** Follows a group over breaks, without a gap or a repeat. */
export function useLiveGroup(groupId: string): LiveGroup {
  const [live, setLive] = useState(nothing);
  useEffect(() => {
    const left = new AbortController();
    setLive(nothing);
    const key = keyOf(groupId);
    const headers: HeadersInit = key === undefined ? {} : { authorization: `Bearer ${key}` };
    void follow<WatchOrderResponse>(
      {
        open: (cursor, signal) => orders.watchOrder({ orderGroupId: groupId, cursor }, { headers, signal }),
        onMessage: (message) => setLive((before) => withMessage(before, message)),
        onConnected: (isConnected) =>
          setLive((before) => (before.isConnected === isConnected ? before : { ...before, isConnected })),
        onRefused: (error) => setLive((before) => ({ ...before, isConnected: false, error })),
      },
      left.signal,
    );
    return () => left.abort();
  }, [groupId]);
  return live;
}
