import { Disposition } from "@shopmesh/contracts/shop/inventory/v1/inventory_pb.ts";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { type Shipment, ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Client, SagaDriver, SagaPlan, SagaProgress, SagaStep, Tx } from "@shopmesh/mesh";
import { destinationOf } from "../changing.ts";
import type { Group } from "../group.ts";
import type { Order } from "../order.ts";
import { settleRefund } from "../refunding.ts";
import { acceptedOf, hasCome, moveReturn, type Return, type ReturnLabel, SEND_WITHIN_MS } from "../return.ts";
import { changeReturn, returnIn } from "../returning.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { changeAftersale } from "./aftersale.ts";
import {
  awaitReplacement,
  type ExchangeDeps,
  exchangeAfter,
  type ExchangeMemory,
  findReplacement,
  reserveReplacement,
} from "./exchange.ts";
import type { FulfilmentState } from "./fulfilment.ts";
import { giveBack, type RefundState } from "./refund.ts";

/** What the saga of one return remembers. Its refund has the return's id, once there is one. */
export type ReturnSagaState = RefundState &
  ExchangeMemory & {
    readonly returnId: string;
    readonly label: ReturnLabel | undefined;
    /** When its label was sent: it is waited for from then on. */
    readonly sentMs: number;
  };

/** What returns need of the others. */
export type ReturnDeps = ExchangeDeps & {
  readonly inventory: Pick<Client<typeof InventoryService>, "restockReturn">;
  readonly shipping: Pick<Client<typeof ShippingService>, "createReturnLabel" | "cancelShipment" | "getShipment">;
  /** Where the goods of a return came from, and go back to; empty where nobody knows. */
  readonly locationOf: (order: Order, one: Return) => Promise<string>;
};

type Found = { readonly group: Group; readonly order: Order; readonly one: Return };

/** How often a label is asked for that its carrier has not sold yet. */
const LABEL_RETRY_MS = 60_000;
/** How often a parcel, a receipt or an inspection is looked for when no news came. */
const LOOK_AGAIN_MS = 6 * 3_600_000;

/** Steps by the place of their stage. */
const stage = { labelled: 1, sent: 2, moving: 4 } as const;

/**
 * The saga of one return from its approval: label → sent → received → inspected (pivot) → goods and money move side by side,
 * each once → of an exchange: until the replacement arrived. Nothing turns it back once it was inspected; one that is never sent turns back by itself.
 */
export function returnPlan(deps: ReturnDeps): SagaPlan<ReturnSagaState> {
  return {
    kind: "return",
    stages: [
      { steps: [createLabel(deps), reserveReplacement(deps)] },
      { steps: [awaitSent(deps)] },
      { steps: [awaitReceived(deps)] },
      { steps: [awaitInspected(deps)], isPivot: true },
      { steps: [restock(deps), refundReturn(deps)] },
      { steps: [awaitReplacement(deps)] },
    ],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
    // Goods under way are called off by no service that is away.
    maxAttempts: Number.POSITIVE_INFINITY,
  };
}

function createLabel({ shipping, sql, clock, locationOf }: ReturnDeps): SagaStep<ReturnSagaState> {
  return {
    name: "create-label",
    async perform(state, { key, origin }) {
      const found = await find(sql, state);
      if (hasCome(found.one)) return { kind: "done" };
      try {
        const locationId = await locationOf(found.order, found.one);
        const { shipment } = await shipping.createReturnLabel(labelRequest(key, found, locationId), origin);
        const label = shipment === undefined ? undefined : labelOf(shipment);
        return label === undefined || label.trackingNumber === ""
          ? { kind: "waiting", until: clock() + LABEL_RETRY_MS, for: "carrier" }
          : { kind: "done", state: { label, sentMs: clock() } };
      } catch (error) {
        // No carrier fetches it: its buyer sends it by another way.
        if (isRefusal(error, "ADDRESS_REJECTED")) return { kind: "done", state: { sentMs: clock() } };
        throw error;
      }
    },
    async undo(state, { key, origin }) {
      const { orderId, returnId } = state;
      if (hasCome((await find(sql, state)).one)) return "too-late";
      try {
        await shipping.cancelShipment({ requestId: `${key}/undo`, orderId, key: `return/${returnId}` }, origin);
      } catch (error) {
        // It left after all: what comes in is looked at.
        if (isRefusal(error, "SHIPMENT_STATE")) return "too-late";
        throw error;
      }
      return undefined;
    },
  };
}

function labelRequest(requestId: string, { group, order, one }: Found, locationId: string) {
  return {
    requestId,
    returnId: one.id,
    orderId: order.id,
    orderGroupId: group.id,
    customerId: group.personId ?? "",
    guestHash: group.personId === undefined ? (group.guestTokenHashes.at(-1) ?? "") : "",
    sender: destinationOf(order, group),
    sellerId: order.sellerId,
    locationId,
    lines: one.lines.map(({ lineId, sku, quantity }) => {
      const line = order.lines.find(({ id }) => id === lineId);
      return { sku, quantity, title: line?.title ?? sku, weightGrams: Math.max(1, line?.weightGrams ?? 1) };
    }),
  };
}

function awaitSent({ shipping, sql, clock }: ReturnDeps): SagaStep<ReturnSagaState> {
  return {
    name: "await-sent",
    async perform(state, { origin }) {
      const { one } = await find(sql, state);
      if (hasCome(one)) return { kind: "done" };
      if (state.label !== undefined) {
        const { shipment } = await shipping.getShipment({ shipmentId: state.label.shipmentId }, origin);
        if (shipment?.shipTime !== undefined) return { kind: "done" };
        if (shipment?.state === ShipmentState.CANCELLED) return { kind: "refused", reason: "SHIPMENT_REFUSED" };
      }
      const endMs = state.sentMs + SEND_WITHIN_MS;
      if (clock() >= endMs) return { kind: "refused", reason: "NOT_SENT" };
      return { kind: "waiting", until: Math.min(endMs, clock() + LOOK_AGAIN_MS), for: "buyer" };
    },
  };
}

function awaitReceived({ sql, clock }: ReturnDeps): SagaStep<ReturnSagaState> {
  return {
    name: "await-received",
    async perform(state) {
      const { one } = await find(sql, state);
      return hasCome(one) ? { kind: "done" } : { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "seller" };
    },
  };
}

function awaitInspected({ sql, clock }: ReturnDeps): SagaStep<ReturnSagaState> {
  return {
    name: "await-inspected",
    async perform(state) {
      const { one } = await find(sql, state);
      return one.state === "inspected"
        ? { kind: "done" }
        : { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "seller" };
    },
  };
}

function restock({ inventory, sql }: ReturnDeps): SagaStep<ReturnSagaState> {
  return {
    name: "restock",
    async perform(state, { key, origin }) {
      const { one } = await find(sql, state);
      const lines = one.lines.flatMap(({ sku, resellable, damaged }) => [
        { sku, quantity: resellable, disposition: Disposition.RESELLABLE },
        { sku, quantity: damaged, disposition: Disposition.DAMAGED },
      ]);
      const moved = lines.filter(({ quantity }) => quantity > 0);
      if (moved.length === 0) return { kind: "done" };
      await inventory.restockReturn(
        { requestId: key, returnId: state.returnId, orderId: state.orderId, lines: moved },
        origin,
      );
      return { kind: "done" };
    },
  };
}

function refundReturn(deps: ReturnDeps): SagaStep<ReturnSagaState> {
  return { name: "refund-payment", perform: (state, attempt) => giveBack(deps, state, attempt) };
}

async function persistProgress(
  { clock }: ReturnDeps,
  tx: Tx,
  state: ReturnSagaState,
  progress: SagaProgress,
): Promise<void> {
  const nowMs = clock();
  // Read before the group is locked: an order that is at its end stays as it is.
  const isAwaited = progress.stage > stage.moving && state.isReplaced !== undefined;
  const replacement = isAwaited ? await findReplacement(tx, state, state.returnId) : undefined;
  await changeAftersale(tx, state, nowMs, (order) =>
    exchangeAfter(orderAfter(order, state, progress, nowMs), state, replacement, nowMs),
  );
}

/** Where the progress of a return's saga leaves its order. */
function orderAfter(order: Order, state: ReturnSagaState, progress: SagaProgress, nowMs: number): Order {
  const { phase, settled } = progress;
  const isMoved = progress.stage > stage.moving || settled.includes("refund-payment");
  const returned = isMoved ? settleRefund(order, state.returnId, nowMs) : order;
  // What is given back of an exchange that failed is another refund.
  const paid = phase === "done" ? settleRefund(returned, state.refundId, nowMs) : returned;
  return changeReturn(paid, state.returnId, (one) => returnAfter(one, state, progress, nowMs), nowMs);
}

function returnAfter(one: Return, state: ReturnSagaState, progress: SagaProgress, nowMs: number): Return {
  const { label, isReplaced } = state;
  const { phase, refusal } = progress;
  const isPaid = progress.stage > stage.moving;
  if (phase === "undone") {
    // Handed in while it was being given up: the boundary fails, and what is asked again goes forward.
    if (hasCome(one)) throw new DomainError("aborted", "RETURN_CAME_IN", { return_id: one.id });
    return { ...moveReturn(one, "rejected", nowMs), endReason: refusal?.reason ?? "NOT_SENT" };
  }
  // An exchange goes on; one that came to nothing ends as it would have without.
  if (isPaid && isReplaced !== true && (phase === "done" || one.exchange?.held === undefined))
    return conclude(one, nowMs);
  const labelled =
    label !== undefined && one.label === undefined && progress.stage >= stage.labelled
      ? { ...one, label, updateMs: nowMs }
      : one;
  if (hasCome(labelled) || phase === "undoing" || isPaid) return labelled;
  if (progress.stage >= stage.sent) return moveReturn(labelled, "in-transit", nowMs);
  return labelled.label === undefined ? labelled : moveReturn(labelled, "label-sent", nowMs);
}

/** A return at its end: paid back, or, where nothing of it was accepted, rejected. */
function conclude(one: Return, nowMs: number): Return {
  if (one.state !== "inspected") return one;
  if (one.lines.some((line) => acceptedOf(line) > 0)) return moveReturn(one, "refunded", nowMs);
  return { ...moveReturn(one, "rejected", nowMs), endReason: "REFUSED_ON_INSPECTION" };
}

function labelOf({ id, carrier, trackingNumber, labelUrl, state }: Shipment): ReturnLabel {
  if (state === ShipmentState.CANCELLED) throw new DomainError("precondition", "SHIPMENT_REFUSED", { shipment_id: id });
  return { shipmentId: id, carrier, trackingNumber, labelUrl };
}

async function find(sql: ReturnDeps["sql"], { groupId, orderId, returnId }: ReturnSagaState): Promise<Found> {
  const placed = await findGroup(sql, groupId);
  const order = orderIn(placed, orderId);
  return { group: placed.group, order, one: returnIn(order, returnId) };
}

/** Where the goods of a return were sent from: as their parcels say, or the older saga of their order. */
export function locationsIn(fulfilment: Pick<SagaDriver<FulfilmentState>, "find">): ReturnDeps["locationOf"] {
  return async (order, { lines: [first] }) => {
    const parcel = order.parcels?.find(({ lines }) => lines.some(({ lineId }) => lineId === first?.lineId));
    if (parcel !== undefined) return parcel.locationId;
    const saga = await fulfilment.find(order.id);
    return saga?.state.lines.find(({ sku }) => sku === first?.sku)?.locationId ?? "";
  };
}
