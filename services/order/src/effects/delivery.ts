import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { ShippingService } from "@shopmesh/contracts/shop/shipping/v1/shipping_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import {
  type Client,
  failpoint,
  type Origin,
  type SagaDriver,
  type SagaPlan,
  type SagaProgress,
  type SagaStep,
  type Sql,
  type Tx,
} from "@shopmesh/mesh";
import { destinationOf } from "../changing.ts";
import { callOff, turnBack } from "../fulfilment.ts";
import type { Order } from "../order.ts";
import { type Allocated, draftParcels, type ParcelDraft, priceParcels } from "../packing.ts";
import type { Parcel } from "../parcel.ts";
import { isSettled, openParcels, parcelsOf, settleOrder } from "../parcels.ts";
import type { Address } from "../quote.ts";
import { changeOrderLast } from "../store/change.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { emitOrder } from "./events.ts";
import type { ParcelSagaState } from "./parcel.ts";
import { releaseMoney } from "./release.ts";
import { listParcels } from "./shipments.ts";
import { wakeExchanges } from "./replaced.ts";

/** What the delivery saga of one order remembers. */
export type DeliveryState = {
  readonly groupId: string;
  readonly orderId: string;
  /** Tells the giving up of the order's money from any other. */
  readonly releaseId: string;
  /** Where its goods lie, as inventory said. */
  readonly allocated: readonly Allocated[];
  /** Addresses of those locations; none of a location whose address nobody knows. */
  readonly origins: readonly { readonly locationId: string; readonly address: Address }[];
  /** The shipments, once shipping has planned them. */
  readonly shipments: readonly { readonly id: string; readonly key: string }[];
};

/** What delivery needs of the others. */
export type DeliveryDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sql: Sql;
  readonly inventory: Pick<Client<typeof InventoryService>, "deallocateStock">;
  readonly payment: Pick<Client<typeof PaymentService>, "releasePayment">;
  readonly shipping: Pick<Client<typeof ShippingService>, "createShipments" | "cancelShipment" | "listShipments">;
  readonly parcels: () => SagaDriver<ParcelSagaState>;
  /** The returns whose goods an order replaces: only ever woken. */
  readonly returns: () => Pick<SagaDriver<unknown>, "signal">;
};

/** Its parcels tell it when they end; it looks by itself this often. */
const LOOK_AGAIN_MS = 24 * 3_600_000;
/** The step that has an order's parcels planned, and labels bought for them. */
export const PLANNING = "create-shipments";

/** Shipping takes this many at once. */
const SHIPMENTS_A_CALL = 50;

/**
 * The saga of one order after its checkout: plan its parcels, which then go their own ways, wait until all of them are at
 * their end. Until they are planned, calling the order off turns it back; afterwards each parcel by itself.
 */
export function deliveryPlan(deps: DeliveryDeps): SagaPlan<DeliveryState> {
  return {
    kind: "delivery",
    stages: [{ steps: [createShipments(deps)], isPivot: true }, { steps: [awaitParcels(deps)] }],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
    // A confirmed order is called off by people and refusals, never because another service is away.
    maxAttempts: Number.POSITIVE_INFINITY,
  };
}

function createShipments(deps: DeliveryDeps): SagaStep<DeliveryState> {
  const { sql, clock, shipping, inventory, payment } = deps;
  return {
    name: PLANNING,
    async perform(state, { key, origin }) {
      const placed = await findGroup(sql, state.groupId);
      const order = orderIn(placed, state.orderId);
      if (order.state === "on-hold") return { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "resume" };
      const drafts = draftParcels(order.lines, state.allocated);
      const { group } = placed;
      const common = {
        orderId: order.id,
        orderGroupId: group.id,
        customerId: group.personId ?? "",
        guestHash: group.guestTokenHashes.at(-1) ?? "",
        destination: destinationOf(order, group),
      };
      const answers = await Promise.all(
        chunksOf(drafts, SHIPMENTS_A_CALL).map((chunk, index) => {
          const requestId = index === 0 ? key : `${key}/${index}`;
          const shipments = chunk.map((draft) => shipmentOf(order, draft, state.origins));
          return shipping.createShipments({ requestId, ...common, shipments }, origin);
        }),
      );
      failpoint("order.after-shipments");
      const shipments = answers.flatMap((answer) => answer.shipments.map(({ id, key: name }) => ({ id, key: name })));
      // Its parcels begin with this stage's end, and tell of theirs. Without any there is nothing to wait for.
      const rest = { until: clock() + LOOK_AGAIN_MS, for: "parcels" };
      return { kind: "done", state: { shipments }, ...(shipments.length > 0 ? { rest } : {}) };
    },
    async undo({ groupId, orderId, releaseId, allocated }, { key, origin }) {
      const placed = await findGroup(sql, groupId);
      const order = orderIn(placed, orderId);
      const keys = draftParcels(order.lines, allocated).map((draft) => draft.key);
      if ((await callOffShipments(shipping, { key, orderId, keys }, origin)) === "too-late") return "too-late";
      const reason = order.endReason || "ORDER_CANCELLED";
      const release = { paymentId: placed.group.paymentId, releaseId, amount: order.totals.total, reason };
      await Promise.all([
        inventory.deallocateStock({ requestId: `${key}/stock`, orderId }, origin),
        releaseMoney(payment, release, { key, origin }),
      ]);
    },
  };
}

/** Calls all of them off, known or not; too late where one has left: then that one is paid for and delivered. */
async function callOffShipments(
  shipping: DeliveryDeps["shipping"],
  { key, orderId, keys }: { readonly key: string; readonly orderId: string; readonly keys: readonly string[] },
  origin: Origin,
): Promise<void | "too-late"> {
  const answers = await Promise.allSettled(
    keys.map((name) => shipping.cancelShipment({ requestId: `${key}/${name}/undo`, orderId, key: name }, origin)),
  );
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
  const other = failures.find((error) => !isRefusal(error, "SHIPMENT_STATE"));
  if (other !== undefined) throw other;
  return failures.length > 0 ? "too-late" : undefined;
}

function awaitParcels({ sql, shipping, clock }: DeliveryDeps): SagaStep<DeliveryState> {
  return {
    name: "await-parcels",
    async perform({ groupId, orderId, shipments }, { origin }) {
      const order = orderIn(await findGroup(sql, groupId), orderId);
      if (isSettled(order)) return { kind: "done" };
      // It was to be called off when one had left: what there is goes on from here.
      if (shipments.length === 0) {
        const listed = await listParcels(shipping, orderId, origin);
        const known = listed.map(({ id, key }) => ({ id, key }));
        return { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "parcels", state: { shipments: known } };
      }
      return { kind: "waiting", until: clock() + LOOK_AGAIN_MS, for: "parcels" };
    },
  };
}

async function persistProgress(
  deps: DeliveryDeps,
  tx: Tx,
  state: DeliveryState,
  progress: SagaProgress,
): Promise<void> {
  if (progress.phase === "doing") return;
  const { groupId, orderId, shipments } = state;
  const nowMs = deps.clock();
  const reason = progress.refusal?.reason ?? "CANCELLED";
  const { before, after, placed } = await changeOrderLast(tx, groupId, orderId, nowMs, (order) => {
    if (progress.phase === "undone") return callOff(order, reason, nowMs);
    if (progress.phase === "undoing") return turnBack(order, reason, nowMs);
    const opened = shipments.length === 0 ? order : openParcels(order, parcelsFor(deps, order, state), nowMs);
    return progress.phase === "done" ? settleOrder(opened, nowMs) : opened;
  });
  emitOrder(tx, placed, before, after);
  if (before.state !== after.state) await wakeExchanges(deps.returns(), tx, [after]);
  if (before.parcels !== undefined || after.parcels === undefined) return;
  const begun = parcelsOf(after).map(({ id, key }) => ({
    id,
    state: { groupId, orderId, parcelId: id, key, refundId: deps.newId(), releaseId: deps.newId() },
  }));
  deps.parcels().beginNew(tx, begun);
}

function parcelsFor({ newId }: DeliveryDeps, order: Order, { allocated, shipments }: DeliveryState): readonly Parcel[] {
  const priced = priceParcels(order, draftParcels(order.lines, allocated));
  // One that shipping never came to know is called off by its own saga, which finds no shipment.
  return priced.map((parcel) => ({ id: shipments.find(({ key }) => key === parcel.key)?.id ?? newId(), ...parcel }));
}

function shipmentOf(order: Order, { key, locationId, lines }: ParcelDraft, origins: DeliveryState["origins"]) {
  const from = origins.find((origin) => origin.locationId === locationId)?.address;
  return {
    key,
    sellerId: order.sellerId,
    locationId,
    rateOptionId: order.shipping.optionId,
    ...(from === undefined ? {} : { from }),
    lines: lines.map(({ lineId, sku, quantity }) => {
      const line = order.lines.find(({ id }) => id === lineId);
      return { sku, quantity, title: line?.title ?? sku, weightGrams: line?.weightGrams ?? 0 };
    }),
  };
}

function chunksOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
