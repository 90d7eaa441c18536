import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import {
  type Client,
  failpoint,
  type Outcome,
  type SagaDriver,
  type SagaPlan,
  type Sql,
  type StepAttempt,
  type Tx,
} from "@shopmesh/mesh";
import { captureTurn } from "../capture.ts";
import type { PlacedGroup } from "../group.ts";
import type { Order } from "../order.ts";
import { holdReasons, holdUnpaid, resumePaid } from "../owing.ts";
import { isMissed, type Parcel } from "../parcel.ts";
import { captureParcel, oweParcel, parcelIn, parcelsOf, priceOfParcel } from "../parcels.ts";
import { beginParcelRefund } from "../refunding.ts";
import { changeGroup, changeOrder } from "../store/change.ts";
import { findGroup, orderIn } from "../store/orders.ts";
import { emitOwed } from "./events.ts";
import type { RefundState } from "./refund.ts";

/** What the saga remembers that collects what is owed for one parcel. */
export type CollectionState = {
  readonly groupId: string;
  readonly orderId: string;
  readonly parcelId: string;
  /** Its own id. */
  readonly collectionId: string;
  /** Tries that were refused. */
  readonly tries: number;
  /** Why the last one was. */
  readonly reason: string;
  readonly isCollected?: boolean;
  /** The giving back of what was taken of a parcel that was lost meanwhile. */
  readonly refundId: string;
};

/** What collecting needs of the others. */
export type CollectionDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly sql: Sql;
  readonly payment: Pick<Client<typeof PaymentService>, "capturePayment">;
  readonly refunds: Pick<SagaDriver<RefundState>, "begin">;
  /** Wakes whatever waits to send these orders. */
  readonly wake: (tx: Tx, orders: readonly Order[]) => Promise<void>;
};

/** What claiming needs. */
export type ClaimDeps = Pick<CollectionDeps, "newId" | "clock"> & {
  readonly collections: Pick<SagaDriver<CollectionState>, "begin">;
};

/** How long money rests that the provider has not answered for. */
const MONEY_RETRY_MS = 5_000;
/** A card that has no money today may have some tomorrow. After the last of them it is left to a person. */
const TRIES = 4;
const NEXT_TRY_MS = 24 * 3_600_000;

/**
 * The saga that collects what is owed for one parcel: it has left, and its money was refused. It tries once a day, four times, and
 * whenever somebody wakes it; then it is at its end, and the parcel stays owed until RetryCheckout begins another.
 */
export function collectionPlan(deps: CollectionDeps): SagaPlan<CollectionState> {
  return {
    kind: "collection",
    stages: [
      { steps: [{ name: "claim-payment", perform: async () => ({ kind: "done" }) }], isPivot: true },
      { steps: [{ name: "collect-payment", perform: (state, attempt) => collect(deps, state, attempt) }] },
    ],
    onProgress: (tx, state) => persistProgress(deps, tx, state),
  };
}

/** What a new collection begins with. */
export function newCollection(
  { groupId, id: orderId }: Pick<Order, "groupId" | "id">,
  { id: parcelId, owedReason = "" }: Pick<Parcel, "id" | "owedReason">,
  { collectionId, refundId }: Pick<CollectionState, "collectionId" | "refundId">,
): CollectionState {
  return { groupId, orderId, parcelId, collectionId, tries: 0, reason: owedReason, refundId };
}

async function collect(
  { payment, sql, clock }: CollectionDeps,
  { groupId, orderId, parcelId, tries }: CollectionState,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<Outcome<CollectionState>> {
  const placed = await findGroup(sql, groupId);
  const parcel = parcelIn(orderIn(placed, orderId), parcelId);
  // Somebody else has collected it, or it was lost.
  if (parcel.owedReason === undefined) return { kind: "done" };
  const reason = await capture({ payment, origin }, placed, parcel, key);
  if (reason === "") return { kind: "done", state: { isCollected: true } };
  if (reason === undefined) return { kind: "waiting", until: clock() + MONEY_RETRY_MS, for: "provider" };
  const state = { tries: tries + 1, reason };
  if (state.tries >= TRIES) return { kind: "done", state };
  return { kind: "waiting", until: clock() + NEXT_TRY_MS, for: "a person", state };
}

/** Asks for a parcel's part of the money: why it is refused for good, empty where it is taken, undefined where nobody knows. */
export async function capture(
  { payment, origin }: Pick<CollectionDeps, "payment"> & Pick<StepAttempt, "origin">,
  placed: PlacedGroup,
  parcel: Parcel,
  requestId: string,
): Promise<string | undefined> {
  const { paymentId } = placed.group;
  const { id: captureId } = parcel;
  const final = captureTurn(placed, captureId) === "last";
  try {
    const wish = { requestId, paymentId, captureId, ...priceOfParcel(parcel), final };
    const { capture: taken } = await payment.capturePayment(wish, origin);
    failpoint("order.after-capture");
    if (taken?.state === TransferState.SUCCEEDED) return "";
    return taken?.state === TransferState.FAILED ? taken.failureReason || "CAPTURE_FAILED" : undefined;
  } catch (error) {
    const reason = finalReasons.find((known) => isRefusal(error, known));
    if (reason === undefined) throw error;
    return reason;
  }
}

/** Refusals of payment that no repetition turns into a capture by itself. */
const finalReasons = ["PAYMENT_STATE", "CAPTURE_TOO_LARGE", "CAPTURE_MISMATCH", "PAYMENT_NOT_FOUND"] as const;

async function persistProgress(deps: CollectionDeps, tx: Tx, state: CollectionState): Promise<void> {
  const { groupId, orderId, parcelId, collectionId, refundId, reason, isCollected } = state;
  const nowMs = deps.clock();
  const { after } = await changeOrder(tx, groupId, orderId, nowMs, (order) => {
    const parcel = parcelIn(order, parcelId);
    if (isCollected === true) return collected(order, parcel, refundId, nowMs);
    return parcel.owedReason === undefined ? order : oweParcel(order, parcelId, { reason, collectionId }, nowMs);
  });
  if (isCollected !== true) return;
  if (after.refunds?.some(({ id }) => id === refundId)) await beginRefund(deps, tx, state);
  await resumeGroup(deps, tx, groupId, resumePaid);
}

/** Lets go on what `resume` lets go on of a group, and wakes it. */
export async function resumeGroup(
  { clock, wake }: Pick<CollectionDeps, "clock" | "wake">,
  tx: Tx,
  groupId: string,
  resume: (placed: PlacedGroup, nowMs: number) => PlacedGroup,
): Promise<void> {
  const nowMs = clock();
  const { before, after } = await changeGroup(tx, groupId, nowMs, (placed) => resume(placed, nowMs));
  const resumed = after.orders.filter((order, index) => order !== before.orders[index]);
  await wake(tx, resumed);
}

/** The order with the parcel paid for; what was lost before that goes back. */
function collected(order: Order, parcel: Parcel, refundId: string, nowMs: number): Order {
  const paid = captureParcel(order, parcel.id, nowMs);
  if (!isMissed(parcel)) return paid;
  const reason = parcel.state === "lost" ? "PARCEL_LOST" : "PARCEL_RETURNED";
  return beginParcelRefund(paid, parcelIn(paid, parcel.id), { id: refundId, reason }, nowMs);
}

function beginRefund(
  { refunds }: Pick<CollectionDeps, "refunds">,
  tx: Tx,
  { groupId, orderId, refundId }: CollectionState,
): Promise<void> {
  return refunds.begin(tx, refundId, { groupId, orderId, refundId, transferId: refundId });
}

type Claim = { readonly placed: PlacedGroup; readonly order: Order; readonly parcelId: string };

/** What is owed for a parcel, from now on, is told of and collected; until then nothing more of its group leaves. */
export async function claimOwed(
  { collections, newId, clock }: ClaimDeps,
  tx: Tx,
  { placed, order, parcelId }: Claim,
): Promise<void> {
  const parcel = parcelIn(order, parcelId);
  const { collectionId = newId() } = parcel;
  emitOwed(tx, placed, order, parcel);
  await collections.begin(tx, collectionId, newCollection(order, parcel, { collectionId, refundId: newId() }));
  await changeGroup(tx, order.groupId, clock(), (group) => holdUnpaid(group, holdReasons.owed, clock()));
}

/** Lets everything that a group owes be collected: woken where somebody is at it, begun anew where it was given up. */
export async function collectAgain(
  {
    collections,
    newId,
    clock,
  }: Pick<CollectionDeps, "newId" | "clock"> & {
    readonly collections: SagaDriver<CollectionState>;
  },
  tx: Tx,
  { orders }: PlacedGroup,
): Promise<void> {
  for (const order of orders) {
    for (const parcel of parcelsOf(order).filter(({ owedReason }) => owedReason !== undefined)) {
      const { collectionId = "", owedReason: reason = "" } = parcel;
      const phase = (await collections.find(collectionId))?.progress.phase;
      if (phase !== undefined && phase !== "done") await collections.signal(tx, collectionId);
      else {
        const ids = { collectionId: newId(), refundId: newId() };
        await changeOrder(tx, order.groupId, order.id, clock(), (known) =>
          parcelIn(known, parcel.id).owedReason === undefined
            ? known
            : oweParcel(known, parcel.id, { reason, ...ids }, clock()),
        );
        await collections.begin(tx, ids.collectionId, newCollection(order, parcel, ids));
      }
    }
  }
}
