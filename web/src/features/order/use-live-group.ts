import { createClient } from "@connectrpc/connect";
import { useEffect, useState } from "react";
import type { OrderGroup, TimelineEntry } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { OrderService, type WatchOrderResponse } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { follow } from "../../api/follow.ts";
import { keyOf } from "../../api/keyring.ts";
import { transport } from "../../api/transport.ts";

const orders = createClient(OrderService, transport);

/** An order group as it is, and everything that happened to it, oldest first. */
export type LiveGroup = {
  readonly group: OrderGroup | undefined;
  readonly entries: readonly TimelineEntry[];
  readonly isConnected: boolean;
  /** Why it cannot be followed at all. */
  readonly error: unknown;
};

const nothing: LiveGroup = { group: undefined, entries: [], isConnected: false, error: undefined };

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

/** What is known after a message: an older state never replaces a newer one, an entry is never told twice. */
export function withMessage(
  before: LiveGroup,
  { group, entries }: Pick<WatchOrderResponse, "group" | "entries">,
): LiveGroup {
  const last = before.entries.at(-1)?.sequence ?? 0n;
  const isNewer = group !== undefined && group.version >= (before.group?.version ?? 0n);
  return {
    ...before,
    group: isNewer ? group : before.group,
    entries: [...before.entries, ...entries.filter(({ sequence }) => sequence > last)],
  };
}
