import { durationFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { type Payment, PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import type { PaymentService } from "@shopmesh/contracts/shop/payment/v1/payment_service_pb.ts";
import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import type {
  Client,
  Outcome,
  SagaDriver,
  SagaPlan,
  SagaProgress,
  SagaStep,
  Sql,
  StepAttempt,
  Tx,
} from "@shopmesh/mesh";
import { confirm, type Group, type PlacedGroup, place, reject, requireAction } from "../group.ts";
import { changeGroup } from "../store/change.ts";
import { findGroup } from "../store/orders.ts";
import { emitChanges, traceOrders } from "./events.ts";
import type { FulfilmentState } from "./fulfilment.ts";

/** What the checkout saga remembers besides the group's own row. */
export type CheckoutState = {
  readonly groupId: string;
  /** The key of the PlaceOrder that began it. */
  readonly requestId: string;
  /** Tokens of the payment's means, never a card's number. */
  readonly tenders: readonly { readonly paymentMethod: string; readonly minorUnits: string }[];
  readonly returnUrl: string;
  /** While the payer must act. */
  readonly actionUrl: string;
  readonly actionExpireMs: number;
};

/** What the checkout needs of the others. */
export type CheckoutDeps = {
  readonly clock: Clock;
  readonly sql: Sql;
  readonly inventory: Pick<
    Client<typeof InventoryService>,
    "holdStock" | "extendHold" | "releaseHold" | "allocateStock" | "deallocateStock"
  >;
  readonly promotion: Pick<Client<typeof PromotionService>, "reserveRedemption" | "releaseRedemption">;
  readonly payment: Pick<Client<typeof PaymentService>, "authorizePayment" | "voidPayment">;
  readonly cart: Pick<Client<typeof CartService>, "closeCart">;
  readonly fulfilment: () => SagaDriver<FulfilmentState>;
};

/** The stock is held this long from PlaceOrder; a payer who must act gets the time of the action and this on top. */
const HOLD_TTL_MS = 15 * 60_000;
/** How long an UNKNOWN payment rests before it is asked for again. */
const UNKNOWN_RETRY_MS = 2_000;

/** The stages by their place in the plan. */
const stage = { reserve: 0, authorise: 1, allocate: 2, after: 3 } as const;

/** The saga of one checkout: DOMAIN.md "Checkout saga", up to and with the pivot. */
export function checkoutPlan(deps: CheckoutDeps): SagaPlan<CheckoutState> {
  return {
    kind: "checkout",
    stages: [
      { steps: [holdStock(deps), reserveCoupon(deps)] },
      { steps: [authorizePayment(deps)] },
      { steps: [allocateStock(deps)], isPivot: true },
      { steps: [closeCart(deps)] },
    ],
    onProgress: (tx, state, progress) => persistProgress(deps, tx, state, progress),
  };
}

function holdStock({ inventory, sql }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "hold-stock",
    async perform({ groupId }, { key, origin }) {
      const { orders } = await findGroup(sql, groupId);
      await inventory.holdStock(
        {
          requestId: key,
          holdId: groupId,
          lines: linesOf(orders),
          ttl: durationFromMs(HOLD_TTL_MS),
        },
        origin,
      );
      return { kind: "done" };
    },
    async undo({ groupId }, { key, origin }) {
      await inventory.releaseHold({ requestId: `${key}/undo`, holdId: groupId }, origin);
    },
  };
}

function reserveCoupon({ promotion, sql }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "reserve-coupon",
    async perform({ groupId }, { key, origin }) {
      const { group } = await findGroup(sql, groupId);
      if (group.couponCode !== "") {
        await promotion.reserveRedemption(
          {
            requestId: key,
            redemptionId: groupId,
            couponCode: group.couponCode,
            customerId: group.personId ?? "",
          },
          origin,
        );
      }
      return { kind: "done" };
    },
    async undo({ groupId }, { key, origin }) {
      const { group } = await findGroup(sql, groupId);
      if (group.couponCode !== "")
        await promotion.releaseRedemption({ requestId: `${key}/undo`, redemptionId: groupId }, origin);
    },
  };
}

function authorizePayment(deps: CheckoutDeps): SagaStep<CheckoutState> {
  const { payment, sql } = deps;
  return {
    name: "authorize-payment",
    async perform(state, attempt) {
      const placed = await findGroup(sql, state.groupId);
      // A coupon may pay it all: there is nothing to promise.
      if (placed.group.totals.total.minorUnits === 0n) return { kind: "done" };
      const { payment: paid } = await payment.authorizePayment(
        authorizationOf(placed, state, attempt.key),
        attempt.origin,
      );
      return outcomeOf(paid, state, attempt, deps);
    },
    async undo({ groupId }, { key, origin }) {
      const { group } = await findGroup(sql, groupId);
      const reason = "checkout turned back";
      if (group.totals.total.minorUnits === 0n) return;
      await payment.voidPayment({ requestId: `${key}/undo`, paymentId: group.paymentId, reason }, origin);
    },
  };
}

function authorizationOf({ group, orders }: PlacedGroup, { tenders, returnUrl }: CheckoutState, requestId: string) {
  const { currencyCode } = group.totals.total;
  return {
    requestId,
    paymentId: group.paymentId,
    orderGroupId: group.id,
    amount: group.totals.total,
    tenders: tenders.map(({ paymentMethod, minorUnits }) => ({
      means: { case: "card" as const, value: { paymentMethod } },
      amount: { currencyCode, minorUnits: BigInt(minorUnits) },
    })),
    customerId: group.personId ?? "",
    guestTokenHash: group.guestTokenHashes.at(-1) ?? "",
    orderNumbers: orders.map(({ number }) => number),
    returnUrl,
  };
}

/** What the state of a payment means to its checkout. While the payer acts the stock stays held for that long. */
async function outcomeOf(
  paid: Payment | undefined,
  state: CheckoutState,
  { key, origin }: StepAttempt,
  { inventory, clock }: CheckoutDeps,
): Promise<Outcome<CheckoutState>> {
  switch (paid?.state) {
    case PaymentState.AUTHORIZED:
    case PaymentState.PARTIALLY_CAPTURED:
    case PaymentState.CAPTURED:
      return { kind: "done", state: { actionUrl: "", actionExpireMs: 0 } };
    case PaymentState.REQUIRES_ACTION: {
      const until = paid.actionExpireTime === undefined ? clock() + HOLD_TTL_MS : timestampMs(paid.actionExpireTime);
      if (state.actionUrl !== paid.actionUrl) {
        const ttlMs = Math.max(0, until - clock()) + HOLD_TTL_MS;
        // Asked again after a crash the time left is another: as another wish, or it would be REQUEST_ID_REUSED.
        const requestId = `${key}/extend/${ttlMs}`;
        await inventory.extendHold({ requestId, holdId: state.groupId, ttl: durationFromMs(ttlMs) }, origin);
      }
      return { kind: "waiting", until, for: "payer", state: { actionUrl: paid.actionUrl, actionExpireMs: until } };
    }
    case PaymentState.UNKNOWN:
    case PaymentState.CREATED:
      return { kind: "waiting", until: clock() + UNKNOWN_RETRY_MS, for: "provider" };
    default:
      return {
        kind: "refused",
        reason: paid?.failureReason || "PAYMENT_FAILED",
        metadata: { payment_id: paid?.id ?? "" },
      };
  }
}

function allocateStock({ inventory, sql }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "allocate-stock",
    async perform({ groupId }, { key, origin }) {
      const { orders } = await findGroup(sql, groupId);
      await Promise.all(
        orders.map((order) =>
          inventory.allocateStock(
            {
              requestId: `${key}/${order.id}`,
              holdId: groupId,
              orderId: order.id,
              lines: linesOf([order]),
            },
            origin,
          ),
        ),
      );
      return { kind: "done" };
    },
    async undo({ groupId }, { key, origin }) {
      const { orders } = await findGroup(sql, groupId);
      await Promise.all(
        orders.map((order) =>
          inventory.deallocateStock({ requestId: `${key}/${order.id}/undo`, orderId: order.id }, origin),
        ),
      );
    },
  };
}

function closeCart({ cart, sql }: CheckoutDeps): SagaStep<CheckoutState> {
  return {
    name: "close-cart",
    async perform({ groupId }, { key, origin }) {
      const { group } = await findGroup(sql, groupId);
      try {
        await cart.closeCart({ requestId: key, cartId: group.cartId, orderGroupId: groupId }, origin);
      } catch (error) {
        // Closed by the group of a later version of it, or forgotten: nobody can order it again.
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
  const { before, after } = await changeGroup(tx, state.groupId, nowMs, (placed) =>
    groupAfter(placed, state, progress, nowMs),
  );
  traceOrders(after);
  emitChanges(tx, before, after);
  if (before.group.state !== "confirmed" && after.group.state === "confirmed") {
    for (const { id } of after.orders)
      await deps.fulfilment().begin(tx, id, { groupId: state.groupId, orderId: id, shipmentIds: [] });
  }
}

/** Where the progress of its saga leaves a group. */
function groupAfter(placed: PlacedGroup, state: CheckoutState, progress: SagaProgress, nowMs: number): PlacedGroup {
  if (progress.phase === "undone") {
    return reject(
      placed,
      {
        reason: progress.refusal?.reason ?? "CHECKOUT_FAILED",
        metadata: progress.refusal?.metadata ?? {},
      },
      nowMs,
    );
  }
  if (progress.phase === "forward" || progress.phase === "done") return confirm(place(placed, nowMs), nowMs);
  if (progress.phase !== "doing") return placed;
  if (progress.stage >= stage.allocate) return place(placed, nowMs);
  if (progress.stage === stage.authorise && state.actionUrl !== "" && progress.waiting?.for === "payer") {
    return requireAction(placed, { url: state.actionUrl, expireMs: state.actionExpireMs }, nowMs);
  }
  return placed;
}

/** What the orders want of each sku. */
function linesOf(orders: PlacedGroup["orders"]): { sku: string; quantity: number }[] {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines))
    wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  return [...wanted].map(([sku, quantity]) => ({ sku, quantity }));
}

/** Whether a checkout's answer will not change without somebody's doing. */
export function isSettled({ state }: Group): boolean {
  return state !== "pending";
}
