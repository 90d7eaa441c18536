import { createClient } from "@connectrpc/connect";
import { useQuery as useRpc } from "@connectrpc/connect-query";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { Notification } from "@shopmesh/contracts/shop/notification/v1/notification_pb.ts";
import { NotificationService } from "@shopmesh/contracts/shop/notification/v1/notification_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { transport } from "../../api/transport.ts";
import { type LiveState, useLive } from "../../live/use-live.ts";
import { type Notices, noNotices, withChanges } from "./notices.ts";

const notifications = createClient(NotificationService, transport);

/** A customer's messages as they come and are read, in whichever tab or device; `isEmpty` once it is known that none is there. */
export function useNotices(accountId: string): Notices & LiveState & { readonly isEmpty: boolean } {
  // A stream that has nothing to tell says nothing.
  const first = useRpc(NotificationService.method.listNotifications, { pageSize: 1 });
  const queryKey = ["notices", accountId];
  // Nothing asks for them: only the stream writes them.
  const { data } = useQuery<Notices>({ queryKey, enabled: false, initialData: noNotices });
  const state = useLive({ method: NotificationService.method.watchNotifications, input: {} }, (message) =>
    queryClient.setQueryData<Notices>(queryKey, (before = noNotices) => withChanges(before, message)),
  );
  return { ...data, ...state, isEmpty: data.notices.length === 0 && first.data?.notifications.length === 0 };
}

/** Marks messages as read; the stream shows that they are. */
export function useMarkRead() {
  return useMutation({
    mutationFn: (unread: readonly Pick<Notification, "id">[]) =>
      notifications.markRead({ notificationIds: unread.slice(0, MOST_AT_ONCE).map(({ id }) => id) }),
  });
}

const MOST_AT_ONCE = 200;
