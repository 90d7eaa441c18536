import { SendDeliverySchema, TellStaffSchema } from "@shopmesh/contracts/shop/notification/v1/notification_tasks_pb.ts";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { type Consumer, type Reaction, type TaskWorker, worker } from "@shopmesh/mesh";
import { type DeliverDeps, deliver, RETRY_PURPOSE } from "../effects/deliver.ts";
import { tellStaff } from "../effects/staff.ts";
import { sweepNotices } from "../store/notices.ts";
import { CODES_WITHIN_MS } from "../phone.ts";
import { sweepCodes } from "../store/phone-codes.ts";
import { sweepEvents } from "../store/suppressions.ts";
import { orderReactions } from "./orders.ts";
import {
  accountReactions,
  cartReactions,
  owedReactions,
  paymentReactions,
  shippingReactions,
  stockReactions,
} from "./others.ts";
import { tellSellers } from "./sellers.ts";
import type { TellDeps } from "./telling.ts";

/** What people should hear of. */
export function notificationConsumers(deps: TellDeps): readonly Consumer[] {
  return [
    each("order-news", [...orderReactions(deps), ...owedReactions()], deps),
    each("parcel-news", shippingReactions(deps), deps),
    each("payment-news", paymentReactions(deps), deps),
    each("cart-news", cartReactions(deps), deps),
    each("stock-news", stockReactions(), deps),
    each("account-news", accountReactions(deps), deps),
  ];
}

/** What is older is no news: a consumer that is new, or takes more than before, is given all that its stream still has. */
const NEWS_MS = 3 * 86_400_000;

function each(name: string, reactions: readonly Reaction[], { clock }: TellDeps): Consumer {
  const fresh = reactions.map(
    (reaction): Reaction => ({
      ...reaction,
      async react(event, meta, tx) {
        if (meta.timeMs >= clock() - NEWS_MS) await reaction.react(event, meta, tx);
      },
    }),
  );
  return { kind: "shared", name, order: "each", reactions: fresh };
}

/** The purpose of the schedule that forgets what is old. */
export const SWEEP = "sweep";
/** The purpose of the schedule that tells sellers of their orders. */
export const TELL_SELLERS = "tell-sellers";
const EVENTS_KNOWN_MS = 30 * 86_400_000;
const NOTICES_KEPT_MS = 365 * 86_400_000;
const SWEEP_BATCH = 5_000;

/** First tries, those that the scheduler says are due, and news for many. */
export function notificationWorkers(deps: DeliverDeps): readonly TaskWorker[] {
  return [
    worker(SendDeliverySchema, ({ deliveryId, attempt }, _meta, origin) =>
      deliver(deps, { id: deliveryId, attempt }, origin),
    ),
    worker(TellStaffSchema, (task, _meta, origin) => tellStaff(deps, task, origin)),
    worker(RunDueSchema, async ({ purpose, parameters }, _meta, origin) => {
      if (purpose === SWEEP) {
        while ((await sweepEvents(deps.sql, deps.clock() - EVENTS_KNOWN_MS, SWEEP_BATCH)) === SWEEP_BATCH);
        while ((await sweepCodes(deps.sql, deps.clock() - CODES_WITHIN_MS, SWEEP_BATCH)) === SWEEP_BATCH);
        while ((await sweepNotices(deps.sql, deps.clock() - NOTICES_KEPT_MS, SWEEP_BATCH)) === SWEEP_BATCH);
      }
      if (purpose === TELL_SELLERS) await tellSellers(deps);
      if (purpose !== RETRY_PURPOSE) return;
      await deliver(deps, { id: parameters["deliveryId"] ?? "", attempt: Number(parameters["attempt"]) }, origin);
    }),
  ];
}
