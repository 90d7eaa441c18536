import type { Notification } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import type { WatchNotificationsResponse } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";

/** A customer's messages, newest first, and how many of all are not read. */
export type Notices = {
  readonly notices: readonly Notification[];
  readonly unreadCount: number;
};

/** Before anything is known. */
export const noNotices: Notices = { notices: [], unreadCount: 0 };

/** What is known after a message: what came is there, what was read is shown so, each once; a heartbeat tells nothing new. */
export function withChanges(
  before: Notices,
  { notifications, unreadCount }: Pick<WatchNotificationsResponse, "notifications" | "unreadCount">,
): Notices {
  if (notifications.length === 0) return before;
  const changed = new Map(notifications.map((notice) => [notice.id, notice]));
  const kept = before.notices.filter(({ id }) => !changed.has(id));
  // Their ids hold their time.
  const notices = [...kept, ...changed.values()].toSorted((left, right) => (left.id < right.id ? 1 : -1));
  return { notices, unreadCount };
}
