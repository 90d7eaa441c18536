import type { OrderGroup, TimelineEntry } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import type { WatchOrderResponse } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";

/** An order group as it is, and everything that happened to it, oldest first. */
export type LiveGroup = {
  readonly group: OrderGroup | undefined;
  readonly entries: readonly TimelineEntry[];
};

/** Before anything is known. */
export const nothing: LiveGroup = { group: undefined, entries: [] };

/** What is known after a message: an older state never replaces a newer one, an entry is never told twice. */
export function withMessage(
  before: LiveGroup,
  { group, entries }: Pick<WatchOrderResponse, "group" | "entries">,
): LiveGroup {
  const last = before.entries.at(-1)?.sequence ?? 0n;
  const isNewer = group !== undefined && group.version >= (before.group?.version ?? 0n);
  return {
    group: isNewer ? group : before.group,
    entries: [...before.entries, ...entries.filter(({ sequence }) => sequence > last)],
  };
}
