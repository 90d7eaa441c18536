import { type OrderConfirmed, OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import {
  CouponRedeemedSchema,
  PromotionChangedSchema,
  PromotionEndedSchema,
  PromotionStartedSchema,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_events_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { type Clock, money } from "@shopmesh/kernel";
import { type Consumer, on, onEach, type TaskWorker, type Tx, worker } from "@shopmesh/mesh";
import type { PastOrder } from "./dry-run.ts";
import type { AutomaticPromotions } from "./effects/automatic.ts";
import { keepPastOrder } from "./store/past-orders.ts";
import { findRedemption, settleRedemption } from "./store/redemptions.ts";
import { lockUntold, setTold } from "./store/told.ts";

/** What promotions' consumers and workers need. */
export type PromotionWorld = {
  readonly clock: Clock;
  readonly automatic: Pick<AutomaticPromotions, "forget">;
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
};

/** Promotions of one transaction. */
const TELL_BATCH = 200;

/**
 * A confirmed order makes its group's redemption final; the group's other orders find it so. It is kept for dry runs, and makes
 * its customer's next order no first one.
 */
export function promotionConsumers({ clock, automatic }: PromotionWorld): readonly Consumer[] {
  return [
    {
      kind: "shared",
      name: "confirmed-orders",
      order: "each",
      reactions: [
        on(OrderConfirmedSchema, async (event, { timeMs }, tx) => {
          keep(tx, event, timeMs);
          await confirm(tx, event.orderGroupId, clock());
        }),
      ],
    },
    {
      kind: "every-instance",
      name: "automatic-promotions",
      reactions: [PromotionChangedSchema, PromotionStartedSchema, PromotionEndedSchema].map((message) =>
        onEach(message, () => automatic.forget()),
      ),
    },
  ];
}

/** What the schedule asks for: promotions whose time has come are told, in batches. */
export function promotionWorkers({ clock, transaction }: PromotionWorld): readonly TaskWorker[] {
  return [
    worker(RunDueSchema, async () => {
      while ((await transaction((tx) => tellDue(tx, clock()))) === TELL_BATCH);
    }),
  ];
}

/** Says which promotions have started and ended; the number of them. Safe beside itself. */
export async function tellDue(tx: Tx, nowMs: number): Promise<number> {
  const due = await lockUntold(tx, nowMs, TELL_BATCH);
  for (const { id, version, seller_id: sellerId, told } of due) {
    const aggregate = { id, version: BigInt(version) };
    const fields = { promotionId: id, sellerId: sellerId ?? "" };
    if (told === "ended") tx.emit(PromotionEndedSchema, { ...fields, reason: "SCHEDULE" }, aggregate);
    else tx.emit(PromotionStartedSchema, fields, aggregate);
  }
  for (const state of ["started", "ended"] as const) {
    await setTold(
      tx,
      due.filter(({ told }) => told === state).map(({ id }) => id),
      state,
    );
  }
  return due.length;
}

async function confirm(tx: Tx, orderGroupId: string, nowMs: number): Promise<void> {
  if (!(await settleRedemption(tx, orderGroupId, "confirmed", nowMs))) return;
  const redemption = await findRedemption(tx, orderGroupId);
  // Automatic promotions alone: no coupon was redeemed.
  if (redemption === undefined || redemption.couponCode === "") return;
  const { id, promotionId, couponCode, customerId = "", version, discount } = redemption;
  const fields = { redemptionId: id, promotionId, couponCode, customerId };
  tx.emit(CouponRedeemedSchema, { ...fields, ...(discount === undefined ? {} : { discount }) }, { id, version });
}

function keep(tx: Tx, event: OrderConfirmed, confirmMs: number): void {
  const order = pastOrderOf(event);
  if (order !== undefined) keepPastOrder(tx, order, confirmMs);
}

/** The order as promotions remember it; undefined for one that older code told, without what its goods cost. */
function pastOrderOf(event: OrderConfirmed): PastOrder | undefined {
  const { orderId, orderGroupId, customerId, sellerId, countryCode, shippingPrice } = event;
  if (shippingPrice === undefined) return undefined;
  return {
    id: orderId,
    groupId: orderGroupId,
    customerId: customerId === "" ? undefined : customerId,
    sellerId,
    countryCode,
    shippingPrice: money(shippingPrice.currencyCode, shippingPrice.minorUnits),
    lines: event.lines.flatMap(({ sku, categoryId, quantity, unitPrice }) =>
      unitPrice === undefined
        ? []
        : [{ sku, sellerId, categoryId, quantity, unitPrice: money(unitPrice.currencyCode, unitPrice.minorUnits) }],
    ),
  };
}
