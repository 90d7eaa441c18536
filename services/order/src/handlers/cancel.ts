import { type CancelReason, CancelReasonSchema } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import type { Call, Tx } from "@shopmesh/mesh";
import type { OrderSagas } from "../effects/sagas.ts";
import { notCancellable, type PlacedGroup, requestCancel } from "../group.ts";
import type { Order } from "../order.ts";
import { isAtHome } from "../parcel.ts";
import { changeOrder } from "../store/change.ts";

/** What calling off needs. */
export type CancelDeps = OrderSagas & { readonly clock: Clock };

const ANSWER_RESERVE_MS = 500;

/** Sagas that turn back, to be driven until they rest. */
type Turning = { readonly drive: (deadlineMs: number) => Promise<unknown> };

/**
 * Notes the wish and turns back what can be: the checkout, the order's delivery, or each of its parcels that has not left.
 * Answers once that rests. Throws ORDER_NOT_CANCELLABLE.
 */
export async function cancelOrder(
  deps: CancelDeps,
  { orderId, groupId, reason }: { readonly orderId: string; readonly groupId: string; readonly reason: CancelReason },
  call: Call,
): Promise<void> {
  const nowMs = deps.clock();
  const name = CancelReasonSchema.value[reason]?.localName ?? "CUSTOMER_REQUEST";
  const turning = await call.transaction(async (tx) => {
    const { before, after, placed } = await changeOrder(tx, groupId, orderId, nowMs, (order) =>
      requestCancel(order, name, nowMs),
    );
    const turning = await turnBack(deps, tx, { order: after, placed, name });
    // Come again, the first one's answer lost: what was to turn back has, and the wish stands.
    if (turning === undefined && before.cancelRequestMs === undefined) throw notCancellable(after);
    return turning ?? [];
  });
  const deadlineMs = call.deadlineMs - ANSWER_RESERVE_MS;
  await Promise.all(turning.map(({ drive }) => drive(deadlineMs)));
}

type Wish = { readonly order: Order; readonly placed: PlacedGroup; readonly name: string };

/** What turns back; undefined where nothing can any more. */
async function turnBack(
  deps: CancelDeps,
  tx: Tx,
  { order, placed, name }: Wish,
): Promise<readonly Turning[] | undefined> {
  const { group, orders } = placed;
  if (group.state !== "confirmed") {
    // The others of a checkout are not to blame: it goes on, and calls this one off once it is an order of its own.
    if (orders.some(({ cancelRequestMs }) => cancelRequestMs === undefined)) return [];
    return turned([await cancelSaga(deps.checkout, tx, group.id, name)]);
  }
  if (order.parcels === undefined) {
    // Confirmed by older code, and sent whole.
    const saga = (await deps.fulfilment.find(order.id)) === undefined ? deps.delivery : deps.fulfilment;
    return turned([await cancelSaga(saga, tx, order.id, name)]);
  }
  const results = [];
  for (const { id } of order.parcels.filter(isAtHome)) results.push(await cancelSaga(deps.parcels, tx, id, name));
  const turning = turned(results);
  if (turning === undefined) return undefined;
  const driveAll = async (deadlineMs: number) => {
    await Promise.all(turning.map(({ drive }) => drive(deadlineMs)));
    // Its own saga ends it once all of them are at their end.
    await deps.delivery.drive(order.id, deadlineMs);
  };
  return [{ drive: driveAll }];
}

async function cancelSaga<Saga extends OrderSagas[keyof OrderSagas]>(
  saga: Saga,
  tx: Tx,
  id: string,
  name: string,
): Promise<Turning | undefined> {
  if ((await saga.cancel(tx, id, name)) === "too-late") return undefined;
  return { drive: (deadlineMs) => saga.drive(id, deadlineMs) };
}

function turned(results: readonly (Turning | undefined)[]): readonly Turning[] | undefined {
  const turning = results.filter((result) => result !== undefined);
  return turning.length === 0 ? undefined : turning;
}
