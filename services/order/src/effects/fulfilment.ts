import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import type { Client, SagaPlan, SagaProgress, SagaStep, Sql, Tx } from "@shopmesh/mesh";
import { callOff, deliver, goOn, plan, ship, turnBack } from "../fulfilment.ts";
import type { PlacedGroup } from "../group.ts";
import type { Order } from "../order.ts";
import { priceOfDelivery, priceOfLine, sumPrices } from "../price.ts";
import { changeOrder } from "../store/change.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { emitChanges, emitShipped, traceOrders } from "./events.ts";
import { listParcels } from "./shipments.ts";

/** What the older saga of one order remembers. */
export type FulfilmentState = {
  readonly groupId: string;
  readonly orderId: string;
  readonly shipmentIds: readonly string[];
  /** Where each line was allocated, as inventory said. */
  readonly lines: readonly {
    readonly sku: string;
    readonly quantity: number;
    readonly locationId: string;
  }[];
};

/** What fulfilment needs of the others. */
export type FulfilmentDeps = {
  readonly clock: Clock;
  readonly sql: Sql;
  readonly inventory: Pick<Client<typeof InventoryService>, "deallocateStock" | "shipStock">;
  readonly payment: Pick<Client<typeof PaymentService>, "capturePayment" | "voidPayment">;
  readonly shipping: Pick<Client<typeof ShippingService>, "createShipments" | "cancelShipment" | "listShipments">;
};

/** How often a parcel is looked for when no event came. */
const LOOK_AGAIN_MS = 6 * 3_600_000;

/** How long a capture that the provider has not answered rests. */
const CAPTURE_RETRY_MS = 5_000;
/** How long one rests that the provider refused. */
const REFUSED_RETRY_MS = 24 * 3_600_000;

/** Steps by the place of their stage. */
const stage = { planned: 2, shipped: 4 } as const;

/**
 * The older saga of one order: all its parcels leave, are paid for and arrive together. Nothing begins it any more
 * (effects/delivery.ts is what orders have now); orders that older code confirmed are finished by it, stage for stage as they
 * were begun (docs/decisions/0020).
 */
export function fulfilmentPlan(deps: FulfilmentDeps): SagaPlan<FulfilmentState> {
  return {
    kind: "fulfilment",
    stages: [
      { steps: [commitOrder(deps)] },
      { steps: [createShipments(deps)] },
      // Goods that have left come back by no undo: from here on only forward.
      { steps: [awaitShipped(deps)], isPivot: true },
      { steps: [shipStock(deps), capturePayment(deps)] },
      { steps: [awaitDelivered(deps)] },
    ],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
    // A confirmed order is called off by people and refusals, never because another service is away.
    maxAttempts: Number.POSITIVE_INFINITY,
  };
}

/** Nothing to do, for the checkout did it; its undo gives the goods back, and the money's promise once no order of the group wants it. */
function commitOrder({ inventory, payment, sql }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "commit-order",
    perform: async () => ({ kind: "done" }),
    async undo({ groupId, orderId }, { key, origin }) {
      await inventory.deallocateStock({ requestId: `${key}/undo`, orderId }, origin);
      const { group, orders } = await findGroup(sql, groupId);
      // Marked before anything is undone: of two that turn back side by side at least the later reader sees both.
      const isLast = orders.every(({ id, endReason }) => id === orderId || endReason !== "");
      if (isLast && group.totals.total.minorUnits > 0n)
        await payment.voidPayment(
          {
            requestId: `${groupId}/void`,
            paymentId: group.paymentId,
            reason: "every order was called off",
          },
          origin,
        );
    },
  };
}

function createShipments({ shipping, sql }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "create-shipments",
    async perform({ groupId, orderId, lines }, { key, origin }) {
      const placed = await findGroup(sql, groupId);
      const { group } = placed;
      const order = orderIn(placed, orderId);
      const locations = [...new Set(lines.map(({ locationId }) => locationId))];
      const { shipments } = await shipping.createShipments(
        {
          requestId: key,
          orderId,
          orderGroupId: groupId,
          customerId: group.personId ?? "",
          guestHash: group.guestTokenHashes.at(-1) ?? "",
          destination: group.address,
          shipments: locations.map((locationId) => ({
            key: locationId,
            sellerId: order.sellerId,
            locationId,
            rateOptionId: order.shipping.optionId,
            lines: lines
              .filter((line) => line.locationId === locationId)
              .map(({ sku, quantity }) => ({ sku, quantity, ...describe(order, sku) })),
          })),
        },
        origin,
      );
      return { kind: "done", state: { shipmentIds: shipments.map(({ id }) => id) } };
    },
    async undo({ orderId, lines }, { key, origin }) {
      const locations = [...new Set(lines.map(({ locationId }) => locationId))];
      const calledOff = await Promise.allSettled(
        locations.map((locationId) =>
          shipping.cancelShipment({ requestId: `${key}/${locationId}/undo`, orderId, key: locationId }, origin),
        ),
      );
      const failures = calledOff.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      const other = failures.find((error) => !isRefusal(error, "SHIPMENT_STATE"));
      if (other !== undefined) throw other;
      // It left before anybody heard of the wish: it is paid for and delivered.
      return failures.length > 0 ? "too-late" : undefined;
    },
  };
}

function awaitShipped({ shipping, clock }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "await-shipped",
    async perform({ orderId, shipmentIds }, { origin }) {
      const shipments = await listParcels(shipping, orderId, origin);
      // Planned while the carrier did not answer, and refused since: it will never leave.
      if (shipments.some(({ state }) => state === ShipmentState.CANCELLED))
        return { kind: "refused", reason: "SHIPMENT_REFUSED" };
      const gone = shipments.filter(({ shipTime }) => shipTime !== undefined).length;
      return gone > 0 && gone >= shipmentIds.length
        ? { kind: "done" }
        : { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "carrier" };
    },
  };
}

function shipStock({ inventory }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "ship-stock",
    async perform({ orderId, shipmentIds, lines }, { key, origin }) {
      await inventory.shipStock(
        {
          requestId: key,
          orderId,
          shipmentId: shipmentIds[0] ?? orderId,
          lines: lines.map((line) => ({ ...line })),
        },
        origin,
      );
      return { kind: "done" };
    },
  };
}

function capturePayment({ payment, sql, clock }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "capture-payment",
    async perform({ groupId, orderId }, { key, origin }) {
      const placed = await findGroup(sql, groupId);
      const order = orderIn(placed, orderId);
      const isFinal = placed.orders.every(
        ({ id, fulfilmentState }) =>
          id === orderId || (fulfilmentState !== "unfulfilled" && fulfilmentState !== "planned"),
      );
      // Nothing was promised for nothing: a coupon may pay it all.
      if (order.totals.total.minorUnits === 0n) return { kind: "done" };
      const prices = [...order.lines.map(priceOfLine), priceOfDelivery(order.shipping)];
      const whole = sumPrices(order.totals.total.currencyCode, prices);
      const { capture } = await payment.capturePayment(
        {
          requestId: key,
          paymentId: placed.group.paymentId,
          captureId: orderId,
          amount: order.totals.total,
          tax: order.totals.tax,
          platformShare: whole.platformShare,
          final: isFinal,
        },
        origin,
      );
      if (capture?.state === TransferState.PENDING)
        return { kind: "waiting", until: clock() + CAPTURE_RETRY_MS, for: "provider" };
      // Refused for good: a person is to look at it, and it is asked for again once a day, or when somebody wakes it.
      return capture?.state === TransferState.SUCCEEDED
        ? { kind: "done" }
        : { kind: "waiting", until: clock() + REFUSED_RETRY_MS, for: "a person" };
    },
  };
}

function awaitDelivered({ shipping, clock }: FulfilmentDeps): SagaStep<FulfilmentState> {
  return {
    name: "await-delivered",
    async perform({ orderId }, { origin }) {
      const shipments = await listParcels(shipping, orderId, origin);
      const isThere = shipments.length > 0 && shipments.every(({ deliverTime }) => deliverTime !== undefined);
      return isThere ? { kind: "done" } : { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "carrier" };
    },
  };
}

async function persistProgress(
  deps: FulfilmentDeps,
  tx: Tx,
  state: FulfilmentState,
  progress: SagaProgress,
): Promise<void> {
  if (progress.phase === "doing" && progress.stage < stage.planned) return;
  const nowMs = deps.clock();
  const { before, after, placed } = await changeOrder(tx, state.groupId, state.orderId, nowMs, (order) =>
    orderAfter(order, progress, nowMs),
  );
  traceOrders(placed);
  const isShippedNow = before.fulfilmentState !== after.fulfilmentState && after.fulfilmentState === "shipped";
  if (isShippedNow) emitShipped(tx, placed, after, state.shipmentIds);
  emitChanges(tx, withOrder(placed, before), placed);
}

/** Where the progress of its saga leaves an order. */
function orderAfter(order: Order, progress: SagaProgress, nowMs: number): Order {
  if (progress.phase === "undone") return callOff(order, progress.refusal?.reason ?? "CANCELLED", nowMs);
  if (progress.phase === "undoing") return turnBack(order, progress.refusal?.reason ?? "CANCELLED", nowMs);
  const going = progress.phase === "forward" ? goOn(order, nowMs) : order;
  if (progress.phase === "done") return deliver(ship(plan(going, nowMs), nowMs), nowMs);
  if (progress.stage >= stage.shipped) return ship(plan(going, nowMs), nowMs);
  return progress.stage >= stage.planned ? plan(going, nowMs) : going;
}

function withOrder(placed: PlacedGroup, before: Order): PlacedGroup {
  return {
    ...placed,
    orders: placed.orders.map((order) => (order.id === before.id ? before : order)),
  };
}

function describe(order: Order, sku: string): { title: string; weightGrams: number } {
  const line = order.lines.find((candidate) => candidate.sku === sku);
  return { title: line?.title ?? sku, weightGrams: line?.weightGrams ?? 0 };
}
