import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { type Payment, PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import {
  type Client,
  failpoint,
  type Outcome,
  type SagaDriver,
  type SagaPlan,
  type SagaProgress,
  type SagaStep,
  type StepAttempt,
  type Tx,
} from "@shopmesh/mesh";
import type { PlacedGroup } from "../group.ts";
import { amountOf, isReplacement, type Purchase } from "../purchase.ts";
import { walkGroup } from "../store/change.ts";
import type { TenderState } from "../tender.ts";
import { emitChanges, traceOrders } from "./events.ts";
import { type Allocation, allocationOf } from "./allocation.ts";
import { changesOf } from "./checkout-progress.ts";
import type { DeliveryState } from "./delivery.ts";
import type { RecentGroups } from "./recent.ts";
import { reserveCoupon } from "./redemption.ts";
import { tenderToProto } from "./tenders.ts";
import { wakeExchanges } from "./replaced.ts";

/** What the checkout saga remembers. */
export type CheckoutState = {
  readonly groupId: string;
  /** The key of the PlaceOrder that began it. */
  readonly requestId: string;
  readonly purchase: Purchase;
  readonly tenders: readonly TenderState[];
  readonly returnUrl: string;
  /** While the payer must act. */
  readonly actionUrl: string;
  readonly actionExpireMs: number;
  /** Where each order's goods lie, once they are its own. */
  readonly allocations: readonly Allocation[];
};

/** What the checkout needs of the others. */
export type CheckoutDeps = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly inventory: Pick<
    Client<typeof InventoryService>,
    "holdStock" | "extendHold" | "releaseHold" | "allocateStock" | "deallocateStock"
  >;
  readonly promotion: Pick<Client<typeof PromotionService>, "reserveRedemption" | "releaseRedemption">;
  readonly payment: Pick<Client<typeof PaymentService>, "authorizePayment" | "voidPayment" | "refundPayment">;
  readonly cart: Pick<Client<typeof CartService>, "closeCart">;
  readonly delivery: () => SagaDriver<DeliveryState>;
  /** The returns whose goods a checkout replaces: only ever woken. */
  readonly returns: () => Pick<SagaDriver<unknown>, "signal">;
  readonly recent: RecentGroups;
};

/** The stock is held this long from PlaceOrder; a payer who must act gets the time of the action and this on top. */
const HOLD_TTL_MS = 15 * 60_000;
/** How long an UNKNOWN payment rests before it is asked for again; each time twice as long. */
const UNKNOWN_RETRY_MS = 2_000;
const UNKNOWN_DOUBLINGS = 4;

/** The saga of one checkout: DOMAIN.md "Checkout saga", up to and with the pivot. */
export function checkoutPlan(deps: CheckoutDeps): SagaPlan<CheckoutState> {
  return {
    kind: "checkout",
    stages: [
      { steps: [holdStock(deps), reserveCoupon(deps)], isCarried: true },
      { steps: [authorizePayment(deps)], isCarried: true },
      { steps: [allocateStock(deps)], isPivot: true },
      { steps: [closeCart(deps)] },
    ],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
  };
}

function holdStock({ inventory }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "hold-stock",
    async perform({ groupId, purchase }, { key, origin }) {
      const lines = purchase.orders.flatMap((order) => order.lines);
      const ttl = durationFromMs(HOLD_TTL_MS);
      const towards = purchase.destination === undefined ? {} : { destination: purchase.destination };
      await inventory.holdStock({ requestId: key, holdId: groupId, lines: [...lines], ttl, ...towards }, origin);
      return { kind: "done" };
    },
    async undo({ groupId, purchase }, { key, origin }) {
      // A replacement was set aside long before its checkout: what is its order's already is no hold's to release.
      if (isReplacement(purchase)) await giveUpStock(inventory, purchase, { key, origin });
      await inventory.releaseHold({ requestId: `${key}/undo`, holdId: groupId }, origin);
    },
  };
}

function authorizePayment(deps: CheckoutDeps): SagaStep<CheckoutState> {
  const { payment } = deps;
  return {
    name: "authorize-payment",
    async perform(state, attempt) {
      // A coupon may pay it all: there is nothing to promise.
      if (isFree(state.purchase)) return { kind: "done" };
      const { payment: paid } = await payment.authorizePayment(authorizationOf(state, attempt.key), attempt.origin);
      return outcomeOf(paid, state, attempt, deps);
    },
    async undo({ groupId, purchase }, { key, origin }) {
      if (isFree(purchase)) return;
      const { paymentId, total } = purchase;
      try {
        await payment.voidPayment({ requestId: `${key}/undo`, paymentId, reason: "checkout turned back" }, origin);
      } catch (error) {
        if (!isRefusal(error, "PAYMENT_STATE")) throw error;
        // Taken as it was promised: nothing was bought with it, so it goes back.
        const reason = "CHECKOUT_TURNED_BACK";
        const refund = { paymentId, refundId: groupId, amount: amountOf(total), reason };
        await payment.refundPayment({ requestId: `${key}/refund`, ...refund }, origin);
      }
    },
  };
}

function authorizationOf({ groupId, purchase, tenders, returnUrl }: CheckoutState, requestId: string) {
  const { paymentId, customerId, guestTokenHash, total, orders } = purchase;
  return {
    requestId,
    paymentId,
    orderGroupId: groupId,
    amount: amountOf(total),
    tenders: tenders.map((tender) => tenderToProto(tender, total.currencyCode)),
    customerId,
    guestTokenHash,
    orderNumbers: orders.map(({ number }) => number),
    returnUrl,
  };
}

function isFree({ total }: Purchase): boolean {
  return BigInt(total.minorUnits) === 0n;
}

/**
 * What the state of a payment means to its checkout. While the payer acts the stock stays held for that long; a replacement's is
 * its order's own already.
 */
async function outcomeOf(
  paid: Payment | undefined,
  state: CheckoutState,
  { key, number, origin }: StepAttempt,
  { inventory, clock }: CheckoutDeps,
): Promise<Outcome<CheckoutState>> {
  switch (paid?.state) {
    case PaymentState.AUTHORIZED:
    case PaymentState.PARTIALLY_CAPTURED:
    case PaymentState.CAPTURED:
      return { kind: "done", state: { actionUrl: "", actionExpireMs: 0 } };
    case PaymentState.REQUIRES_ACTION: {
      const until = paid.actionExpireTime === undefined ? clock() + HOLD_TTL_MS : timestampMs(paid.actionExpireTime);
      if (state.actionUrl !== paid.actionUrl && !isReplacement(state.purchase)) {
        const ttlMs = Math.max(0, until - clock()) + HOLD_TTL_MS;
        // Asked again after a crash the time left is another: as another wish, or it would be REQUEST_ID_REUSED.
        const requestId = `${key}/extend/${ttlMs}`;
        await inventory.extendHold({ requestId, holdId: state.groupId, ttl: durationFromMs(ttlMs) }, origin);
      }
      return { kind: "waiting", until, for: "payer", state: { actionUrl: paid.actionUrl, actionExpireMs: until } };
    }
    case PaymentState.UNKNOWN:
    case PaymentState.CREATED: {
      const restMs = UNKNOWN_RETRY_MS * 2 ** Math.min(number - 1, UNKNOWN_DOUBLINGS);
      return { kind: "waiting", until: clock() + restMs, for: "provider" };
    }
    default:
      return {
        kind: "refused",
        reason: paid?.failureReason || "PAYMENT_FAILED",
        metadata: { payment_id: paid?.id ?? "" },
      };
  }
}

function allocateStock({ inventory }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "allocate-stock",
    async perform({ groupId, purchase }, { key, origin }) {
      const orders = purchase.orders.map(({ id, lines }) => ({ orderId: id, lines: [...lines] }));
      const { allocations } = await inventory.allocateStock({ requestId: key, holdId: groupId, orders }, origin);
      return { kind: "done", state: { allocations: allocations.map(allocationOf) } };
    },
    undo: ({ purchase }, attempt) => giveUpStock(inventory, purchase, attempt),
  };
}

/** Gives back what is the orders' own; they can never have it again. */
async function giveUpStock(
  inventory: CheckoutDeps["inventory"],
  { orders }: Purchase,
  { key, origin }: Pick<StepAttempt, "key" | "origin">,
): Promise<void> {
  await Promise.all(
    orders.map(({ id }) => inventory.deallocateStock({ requestId: `${key}/${id}/undo`, orderId: id }, origin)),
  );
}

function closeCart({ cart }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "close-cart",
    async perform({ groupId, purchase }, { key, origin }) {
      const { cartId, couponCode, orders } = purchase;
      if (isReplacement(purchase)) return { kind: "done" };
      const lines = orders.flatMap((order) => order.lines);
      try {
        await cart.closeCart({ requestId: key, cartId, orderGroupId: groupId, lines, couponCode }, origin);
      } catch (error) {
        // Closed in older days by the group of a later version of it, or forgotten: nobody can order it again.
        if (!isRefusal(error, "CART_CHECKED_OUT") && !isRefusal(error, "CART_NOT_FOUND")) throw error;
      }
      return { kind: "done" };
    },
  };
}

async function persistProgress(
  deps: CheckoutDeps,
  tx: Tx,
  state: CheckoutState,
  progress: SagaProgress,
): Promise<void> {
  const nowMs = deps.clock();
  const { groupId } = state;
  const changes = changesOf(state, progress, nowMs);
  if (changes.length === 0) return;
  const [first, ...others] = await walkGroup(tx, { groupId, known: deps.recent.take(groupId), nowMs, changes });
  let before = first;
  for (const after of others) {
    emitChanges(tx, before, after);
    before = after;
  }
  const after = before;
  traceOrders(after);
  await wakeExchanges(deps.returns(), tx, after.orders);
  tx.onCommit(() => deps.recent.keep(after));
  if (first.group.state === "confirmed" || after.group.state !== "confirmed") return;
  failpoint("order.while-confirming");
  await beginDeliveries(deps, tx, state, after);
}

/** Each order goes its own way from here; one that was to be called off meanwhile turns back at once. */
async function beginDeliveries(
  { delivery, newId }: CheckoutDeps,
  tx: Tx,
  { groupId, allocations }: CheckoutState,
  { orders }: PlacedGroup,
): Promise<void> {
  const begun = allocations.map(({ orderId, lines: allocated, origins = [] }) => ({
    id: orderId,
    state: { groupId, orderId, releaseId: newId(), allocated, origins, shipments: [] },
  }));
  // Once for each order: the pivot is passed once. Those that are turned back at once must be there to be read.
  if (orders.every(({ cancelRequestMs }) => cancelRequestMs === undefined)) return delivery().beginNew(tx, begun);
  await delivery().beginAll(tx, begun);
  for (const { id, cancelRequestMs, cancelReason } of orders) {
    if (cancelRequestMs !== undefined) await delivery().cancel(tx, id, cancelReason);
  }
}
