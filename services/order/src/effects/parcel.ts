import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import {
  type Client,
  failpoint,
  type Outcome,
  type SagaDriver,
  type SagaPlan,
  type SagaProgress,
  type SagaStep,
  type Sql,
  type StepAttempt,
  type Tx,
} from "@shopmesh/mesh";
import { captureTurn, nextRank, waitingForTurn } from "../capture.ts";
import type { Order } from "../order.ts";
import { resumeUnowed } from "../owing.ts";
import { isEnded, isWrittenOff, type Parcel } from "../parcel.ts";
import {
  callParcelOff,
  captureParcel,
  deliverParcel,
  loseParcel,
  oweParcel,
  parcelIn,
  parcelsOf,
  priceOfParcel,
  sendParcel,
  turnParcelBack,
} from "../parcels.ts";
import { beginParcelRefund, settleRefund } from "../refunding.ts";
import { changeOrder } from "../store/change.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { emitRefunds } from "./aftersale.ts";
import { capture, claimOwed, type CollectionState, resumeGroup } from "./collection.ts";
import { emitOrder } from "./events.ts";
import { bookPlatformShare } from "./platform-share.ts";
import { giveBack } from "./refund.ts";
import { releaseMoney } from "./release.ts";

/** What the saga of one parcel remembers; its id is the parcel's. */
export type ParcelSagaState = {
  readonly groupId: string;
  readonly orderId: string;
  readonly parcelId: string;
  /** Its name at shipping; of goods that are to be taken out of a shipment that one's. */
  readonly key: string;
  /** The shipment that it travels in; absent: its own, by the parcel's id. */
  readonly shipmentId?: string;
  /** Tells the giving back of its money from any other, before it left and after. */
  readonly releaseId: string;
  readonly refundId: string;
  /** What payment knows the refund by once the provider has refused it for good; absent: by its own id. */
  readonly transferId?: string;
  /** When it left and arrived by the carrier's clock, and how it ended; absent while nobody knows. */
  readonly shipMs?: number;
  readonly deliverMs?: number;
  readonly end?: "delivered" | "lost" | "returned";
  /** Why its part of the money was refused, and the saga that is to collect it; absent where it was not. */
  readonly owed?: { readonly reason: string; readonly collectionId: string };
};

/** What a parcel needs of the others. */
export type ParcelDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sql: Sql;
  readonly inventory: Pick<Client<typeof InventoryService>, "deallocateStock" | "shipStock">;
  readonly payment: Pick<
    Client<typeof PaymentService>,
    "capturePayment" | "refundPayment" | "releasePayment" | "bookPlatformShare"
  >;
  readonly shipping: Pick<Client<typeof ShippingService>, "getShipment" | "cancelShipment" | "takeFromShipment">;
  /** The order's own saga, and those of its other parcels: only ever woken. */
  readonly delivery: () => Pick<SagaDriver<unknown>, "signal">;
  readonly parcels: () => Pick<SagaDriver<unknown>, "signal">;
  readonly collections: () => Pick<SagaDriver<CollectionState>, "begin">;
  /** Wakes whatever waits to send these orders. */
  readonly wake: (tx: Tx, orders: readonly Order[]) => Promise<void>;
};

/** How often a parcel is looked for when no event came. */
const LOOK_AGAIN_MS = 6 * 3_600_000;
/** How long money rests that the provider has not answered for, or that waits its turn. */
const MONEY_RETRY_MS = 5_000;

/** Steps by the place of their stage. */
const stages = { taken: 2 } as const;

/**
 * The saga of one parcel: wait until it leaves, take its goods out of stock and its part of the money, wait until it arrives;
 * one that does not is refunded. Calling it off turns it back until it has left. Money that is refused for good is owed: another saga
 * collects it, and this one goes on.
 */
export function parcelPlan(deps: ParcelDeps): SagaPlan<ParcelSagaState> {
  return {
    kind: "parcel",
    stages: [
      // Goods that have left come back by no undo: from here on only forward.
      { steps: [awaitShipped(deps)], isPivot: true },
      { steps: [shipStock(deps), capturePayment(deps)] },
      { steps: [awaitDelivered(deps)] },
    ],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
    maxAttempts: Number.POSITIVE_INFINITY,
  };
}

function awaitShipped(deps: ParcelDeps): SagaStep<ParcelSagaState> {
  const { shipping, inventory, payment, sql, clock } = deps;
  return {
    name: "await-shipped",
    async perform({ parcelId, shipmentId = parcelId }, { origin }) {
      const { shipment } = await shipping.getShipment({ shipmentId }, origin);
      // Planned while the carrier did not answer, and refused since: it will never leave.
      if (shipment?.state === ShipmentState.CANCELLED) return { kind: "refused", reason: "SHIPMENT_REFUSED" };
      if (shipment?.shipTime !== undefined) return { kind: "done", state: { shipMs: timestampMs(shipment.shipTime) } };
      return { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "carrier" };
    },
    async undo(state, { key, origin }) {
      const { groupId, orderId, parcelId, releaseId } = state;
      const placed = await findGroup(sql, groupId);
      const parcel = parcelIn(orderIn(placed, orderId), parcelId);
      try {
        await keepAtHome(shipping, state, parcel, { key, origin });
      } catch (error) {
        // It left before anybody heard of the wish: it is paid for and delivered.
        if (isRefusal(error, "SHIPMENT_STATE")) return "too-late";
        throw error;
      }
      failpoint("order.after-parcel-cancelled");
      const { amount, locationId, lines, endReason } = parcel;
      const pieces = lines.map(({ sku, quantity }) => ({ sku, quantity, locationId }));
      const release = { paymentId: placed.group.paymentId, releaseId, amount, reason: endReason || "PARCEL_CANCELLED" };
      await Promise.all([
        inventory.deallocateStock({ requestId: `${key}/stock`, orderId, lines: pieces }, origin),
        releaseMoney(payment, release, { key, origin }),
      ]);
    },
  };
}

/** Calls its shipment off, or takes its goods out of one that goes on. Throws SHIPMENT_STATE once it left. */
async function keepAtHome(
  shipping: ParcelDeps["shipping"],
  { orderId, key: name, parcelId, shipmentId }: ParcelSagaState,
  { lines }: Parcel,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<void> {
  const requestId = `${key}/undo`;
  if (shipmentId === undefined) {
    await shipping.cancelShipment({ requestId, orderId, key: name }, origin);
    return;
  }
  const counts = Map.groupBy(lines, ({ sku }) => sku);
  const goods = [...counts].map(([sku, same]) => ({
    sku,
    quantity: same.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
  await shipping.takeFromShipment({ requestId, orderId, key: name, removalId: parcelId, goods }, origin);
}

function shipStock({ inventory, sql }: ParcelDeps): SagaStep<ParcelSagaState> {
  return {
    name: "ship-stock",
    async perform({ groupId, orderId, parcelId }, { key, origin }) {
      const { lines, locationId } = parcelIn(orderIn(await findGroup(sql, groupId), orderId), parcelId);
      const pieces = lines.map(({ sku, quantity }) => ({ sku, quantity, locationId }));
      await inventory.shipStock({ requestId: key, orderId, shipmentId: parcelId, lines: pieces }, origin);
      return { kind: "done" };
    },
  };
}

function capturePayment({ payment, sql, clock, newId }: ParcelDeps): SagaStep<ParcelSagaState> {
  return {
    name: "capture-payment",
    async perform({ groupId, orderId, parcelId }, { key, origin }) {
      const placed = await findGroup(sql, groupId);
      const parcel = parcelIn(orderIn(placed, orderId), parcelId);
      if (parcel.amount.minorUnits === 0n) {
        // Nothing was promised for nothing: a coupon may pay it all.
        const booking = { orderGroupId: groupId, bookingId: parcelId, reversed: false, price: priceOfParcel(parcel) };
        await bookPlatformShare(payment, booking, { key, origin });
        return { kind: "done" };
      }
      if (captureTurn(placed, parcelId) === "wait")
        return { kind: "waiting", until: clock() + MONEY_RETRY_MS, for: "parcels" };
      const reason = await capture({ payment, origin }, placed, parcel, key);
      if (reason === undefined) return { kind: "waiting", until: clock() + MONEY_RETRY_MS, for: "provider" };
      return reason === "" ? { kind: "done" } : { kind: "done", state: { owed: { reason, collectionId: newId() } } };
    },
  };
}

function awaitDelivered(deps: ParcelDeps): SagaStep<ParcelSagaState> {
  const { shipping, clock } = deps;
  return {
    name: "await-delivered",
    async perform(state, attempt) {
      if (state.end === "lost" || state.end === "returned") return refund(deps, state, attempt);
      const { parcelId, shipmentId = parcelId } = state;
      const { shipment } = await shipping.getShipment({ shipmentId }, attempt.origin);
      if (shipment?.deliverTime !== undefined)
        return { kind: "done", state: { end: "delivered", deliverMs: timestampMs(shipment.deliverTime) } };
      const end = shipment === undefined ? undefined : failures[shipment.state];
      // Written down before the money is given back.
      return end === undefined
        ? { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "carrier" }
        : { kind: "waiting", until: clock(), for: "refund", state: { end } };
    },
  };
}

const failures: Readonly<Partial<Record<ShipmentState, "lost" | "returned">>> = {
  [ShipmentState.LOST]: "lost",
  [ShipmentState.RETURN_TO_SENDER]: "returned",
};

/** What was paid for goods that did not arrive goes back by itself. */
async function refund(
  deps: ParcelDeps,
  { groupId, orderId, parcelId, refundId, transferId, releaseId }: ParcelSagaState,
  attempt: StepAttempt,
): Promise<Outcome<ParcelSagaState>> {
  const placed = await findGroup(deps.sql, groupId);
  const parcel = parcelIn(orderIn(placed, orderId), parcelId);
  if (isWrittenOff(parcel)) {
    const release = { paymentId: placed.group.paymentId, releaseId, amount: parcel.amount, reason: parcel.endReason };
    await releaseMoney(deps.payment, release, attempt).catch((error: unknown) => {
      // It is being collected: whoever does that gives it back.
      if (!isRefusal(error, "RELEASE_TOO_LARGE")) throw error;
    });
    return { kind: "done" };
  }
  // It is first asked for by its own id; sagas of older code know no other.
  return giveBack(deps, { groupId, orderId, refundId, transferId: transferId ?? refundId }, attempt);
}

async function persistProgress(
  deps: ParcelDeps,
  tx: Tx,
  state: ParcelSagaState,
  progress: SagaProgress,
): Promise<void> {
  const { groupId, orderId, parcelId } = state;
  const isOver = progress.phase === "done" || progress.phase === "undone";
  // Before the group's lock, in the order in which the order's own saga takes the two.
  if (isOver) await deps.delivery().signal(tx, orderId);
  if (progress.phase === "doing") return;
  const nowMs = deps.clock();
  const { before, after, placed } = await changeOrder(tx, groupId, orderId, nowMs, (order, group) =>
    orderAfter(order, nextRank(group), { state, progress, nowMs }),
  );
  emitOrder(tx, placed, before, after);
  emitRefunds(tx, before, after, placed);
  const isTakenNow = after.captured.minorUnits !== before.captured.minorUnits;
  const isOwedNow = state.owed !== undefined && parcelIn(before, parcelId).collectionId === undefined;
  const waiting = isTakenNow || isOwedNow ? waitingForTurn(placed, parcelId) : [];
  // What was to be taken out of its shipment and travels with it hears of its news by it.
  const along = parcelsOf(after).filter((parcel) => parcel.shipmentId === parcelId && !isEnded(parcel));
  for (const id of [...waiting, ...along.map((parcel) => parcel.id)]) await deps.parcels().signal(tx, id);
  if (isOwedNow) await claimOwed({ ...deps, collections: deps.collections() }, tx, { placed, order: after, parcelId });
  const [wasOwed, isOwed] = [before, after].map((order) => parcelIn(order, parcelId).owedReason !== undefined);
  if (wasOwed === true && isOwed === false) await resumeGroup(deps, tx, groupId, resumeUnowed);
}

type Progressed = { readonly state: ParcelSagaState; readonly progress: SagaProgress; readonly nowMs: number };

/** Where the progress of a parcel's saga leaves its order. */
function orderAfter(order: Order, rank: number, { state, progress, nowMs }: Progressed): Order {
  const { parcelId, refundId, end, shipMs, deliverMs, owed } = state;
  const { phase, stage, refusal } = progress;
  if (phase === "undoing" || phase === "undone") {
    const turned = turnParcelBack(order, parcelId, refusal?.reason ?? "CANCELLED", nowMs);
    return phase === "undone" ? callParcelOff(turned, parcelId, nowMs) : turned;
  }
  const sent = sendParcel(order, parcelId, { rank, shipMs: shipMs ?? nowMs }, nowMs);
  const taken = stage >= stages.taken ? paidFor(sent, parcelId, owed, nowMs) : sent;
  if (end === "delivered") return deliverParcel(taken, parcelId, deliverMs ?? nowMs, nowMs);
  if (end === undefined) return taken;
  const lost = loseParcel(taken, parcelId, end, nowMs);
  const reason = end === "lost" ? "PARCEL_LOST" : "PARCEL_RETURNED";
  const refunding = beginParcelRefund(lost, parcelIn(lost, parcelId), { id: refundId, reason }, nowMs);
  return phase === "done" ? settleRefund(refunding, refundId, nowMs) : refunding;
}

/** The order with the parcel paid for, or, once, with its part of the money owed. */
function paidFor(order: Order, parcelId: string, owed: ParcelSagaState["owed"], nowMs: number): Order {
  if (owed === undefined) return captureParcel(order, parcelId, nowMs);
  // From then on the saga that collects it says how it stands.
  const isKnown = parcelIn(order, parcelId).collectionId !== undefined;
  return isKnown ? order : oweParcel(order, parcelId, owed, nowMs);
}
