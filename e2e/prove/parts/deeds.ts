import { setTimeout as delay } from "node:timers/promises";
import { type Json, list, object, Refusal, text } from "../../shop.ts";
import type { Deed, Ground, Visit } from "./visit.ts";

const ORDERS = "shop.order.v1.OrderService";
const ORDER_ADMIN = "shop.order.v1.OrderAdminService";
const PLANNED_WITHIN_MS = 20_000;
const LOOK_AGAIN_MS = 250;
/** What a wish is told that comes too late, or too early: nothing is wrong then. */
const TOO_LATE: ReadonlySet<string> = new Set([
  "ORDER_NOT_CANCELLABLE",
  "ORDER_NOT_CHANGEABLE",
  "CHANGE_QUANTITY",
  "GOODS_SENT_TOGETHER",
  "PARCEL_STATE",
  "SHIPMENT_STATE",
  "ORDER_STATE",
]);

/** The next day she wants nothing of it any more: what is at home stays there, what has left comes all the same. */
export const calledOffLate: Deed = async ({ shop }, { token, orderIds: [orderId = ""] }) => {
  const request = { requestId: `late-${orderId}`, orderId, reason: "CANCEL_REASON_TOO_LATE" };
  const isOff = await unlessTooLate(() => shop.call(`${ORDERS}/CancelOrder`, request, token));
  return isOff ? { calledOff: [orderId] } : {};
};

/** One of two things in parcels of their own is not wanted any more. */
export const lineCalledOff: Deed = async (ground, visit) => {
  const order = await plannedOrder(ground, visit);
  const line = ground.chance.pick(list(order, "lines"));
  const request = {
    requestId: `line-${text(line, "id")}`,
    orderId: text(order, "id"),
    cancellation: { lines: [{ lineId: text(line, "id"), quantity: 1 }] },
  };
  await unlessTooLate(() => ground.shop.call(`${ORDERS}/RequestChange`, request, visit.token));
  return {};
};

/** The seller hands one parcel over; then she wants no more of it. */
export const partSentFirst: Deed = async (ground, visit) => {
  const order = await plannedOrder(ground, visit);
  const orderId = text(order, "id");
  const [parcel] = list(order, "parcels");
  if (parcel === undefined) return {};
  const parcelId = text(parcel, "id");
  await unlessTooLate(() =>
    ground.staff(`${ORDER_ADMIN}/ShipOrder`, { requestId: `ship-${parcelId}`, orderId, parcels: [{ parcelId }] }),
  );
  const request = { requestId: `rest-${orderId}`, orderId, reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
  await unlessTooLate(() => ground.shop.call(`${ORDERS}/CancelOrder`, request, visit.token));
  return {};
};

/** Of what has arrived she sends something back: handed in at once, or sent. Not there yet: she looks again another day. */
export const sentBack: Deed = (ground, visit) => sendBack(ground, visit, "RequestReturn");

/** As sentBack, for the same once more instead of the money. */
export const exchanged: Deed = (ground, visit) => sendBack(ground, visit, "RequestExchange");

async function sendBack(
  ground: Ground,
  visit: Visit,
  wish: "RequestReturn" | "RequestExchange",
): Promise<Partial<Visit>> {
  const { shop, staff, chance } = ground;
  const orderId = chance.pick(visit.orderIds);
  const { order } = await shop.call(`${ORDERS}/GetOrder`, { orderId }, visit.token);
  const state = text(object({ order }, "order"), "state");
  if (state === "ORDER_STATE_CONFIRMED" || state === "ORDER_STATE_PROCESSING")
    return { later: wish === "RequestReturn" ? sentBack : exchanged };
  const skuOf = new Map(list(object({ order }, "order"), "lines").map((line) => [text(line, "id"), text(line, "sku")]));
  const there = list(object({ order }, "order"), "parcels").filter(
    (parcel) => text(parcel, "state") === "PARCEL_STATE_DELIVERED",
  );
  const lines = there.flatMap((parcel) => list(parcel, "lines")).map((line) => text(line, "lineId"));
  if (lines.length === 0) return {};
  const some = [...new Set(chance.next() < 0.7 ? lines : lines.slice(0, 1))];
  const wishes = some.map((lineId) => ({ lineId, quantity: 1, reason: "RETURN_REASON_CHANGED_MIND" }));
  const instead =
    wish === "RequestReturn" ? {} : { replacements: some.map((id) => ({ sku: skuOf.get(id), quantity: 1 })) };
  const asked = await shop.call(
    `${ORDERS}/${wish}`,
    { requestId: `return-${orderId}`, orderId, lines: wishes, ...instead },
    visit.token,
  );
  const returnId = text(asked, "return", "id");
  await staff(`${ORDER_ADMIN}/ApproveReturn`, { requestId: `approve-${returnId}`, returnId });
  const taken = takenBack(returnId, some);
  return chance.next() < 0.5 ? taken(ground, visit) : { later: taken };
}

/** The seller takes the goods in: most are as they were. */
function takenBack(returnId: string, lineIds: readonly string[]): Deed {
  return async ({ staff, chance }, { sentBack: before }) => {
    const received = lineIds.map((lineId) => ({ lineId, quantity: 1 }));
    await staff(`${ORDER_ADMIN}/ReceiveReturn`, { requestId: `receive-${returnId}`, returnId, lines: received });
    const fate = chance.next() < 0.8 ? "resellableQuantity" : "damagedQuantity";
    const found = lineIds.map((lineId) => ({ lineId, [fate]: 1 }));
    await staff(`${ORDER_ADMIN}/InspectReturn`, { requestId: `inspect-${returnId}`, returnId, lines: found });
    return { sentBack: [...before, returnId] };
  };
}

/** Her first order once its parcels are planned; as it is after a while. */
async function plannedOrder({ shop }: Ground, { token, orderIds: [orderId = ""] }: Visit): Promise<Json> {
  const limit = Date.now() + PLANNED_WITHIN_MS;
  for (;;) {
    const order = object(await shop.call(`${ORDERS}/GetOrder`, { orderId }, token), "order");
    if (list(order, "parcels").length > 0 || Date.now() > limit) return order;
    await delay(LOOK_AGAIN_MS);
  }
}

async function unlessTooLate(call: () => Promise<Json>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    if (error instanceof Refusal && TOO_LATE.has(error.reason)) return false;
    throw error;
  }
}
