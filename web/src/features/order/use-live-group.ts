import { useQuery } from "@tanstack/react-query";
import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { queryClient } from "../../api/query.ts";
import { type LiveState, useLive } from "../../live/use-live.ts";
import { type LiveGroup, nothing, withMessage } from "./live-group.ts";

/** A group as it moves, without a gap or a repeat. */
export function useLiveGroup(groupId: string): LiveGroup & LiveState {
  const queryKey = ["live-group", groupId];
  // Nothing asks for it: only the stream writes it, and whoever comes back sees at once what was known.
  const { data } = useQuery<LiveGroup>({ queryKey, enabled: false, initialData: nothing });
  const topic = { method: OrderService.method.watchOrder, input: { orderGroupId: groupId } };
  const state = useLive(topic, (message) =>
    queryClient.setQueryData<LiveGroup>(queryKey, (before = nothing) => withMessage(before, message)),
  );
  return { ...data, ...state };
}
