import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type {
  DryRunPromotionRequest,
  DryRunPromotionResponseSchema,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import type { Call } from "@shopmesh/mesh";
import { type DryRun, emptyRun, tryOn, unbounded } from "../dry-run.ts";
import { compileRule, contextOf } from "../effects/rules.ts";
import type { Promotion } from "../promotion.ts";
import { readPastCheckouts } from "../store/past-orders.ts";
import { findPromotion } from "../store/promotions.ts";
import { promotionOf } from "./definition.ts";
import { ownPromotion } from "./scope.ts";

/** What a dry run needs. */
export type DryRunDeps = { readonly clock: Clock; readonly newId: () => string; readonly currencyCode: string };

const USUAL_CHECKOUTS = 1_000;

/** What a promotion would have taken off past checkouts: page by page, so that no answer takes a table's worth of memory. */
export async function dryRun(
  deps: DryRunDeps,
  request: DryRunPromotionRequest,
  call: Call,
): Promise<MessageInitShape<typeof DryRunPromotionResponseSchema>> {
  const { startTime, endTime, maxCheckouts } = request;
  const promotion = unbounded(await subjectOf(deps, request, call));
  const { rule } = promotion.conditions;
  const compiled = rule === "" ? undefined : compileRule(rule);
  const filter = {
    startMs: startTime === undefined ? 0 : timestampMs(startTime),
    endMs: endTime === undefined ? deps.clock() + 1 : timestampMs(endTime),
    limit: maxCheckouts === 0 ? USUAL_CHECKOUTS : maxCheckouts,
  };
  let run = emptyRun;
  for await (const page of readPastCheckouts(call.sql, filter)) {
    call.signal.throwIfAborted();
    for (const past of page) {
      run = tryOn(run, promotion, past, () => ({
        isMet: compiled?.holds(contextOf(past.lines, { ...past, nowMs: past.confirmMs })) ?? true,
        asksDelivery: compiled?.asksDelivery ?? false,
      }));
    }
  }
  return runToProto(run, deps.currencyCode);
}

async function subjectOf(deps: DryRunDeps, { subject }: DryRunPromotionRequest, call: Call): Promise<Promotion> {
  if (subject.case === "draft") {
    const { newId, clock, currencyCode } = deps;
    return promotionOf(subject.value, { id: newId(), nowMs: clock(), currencyCode, sellerId: undefined });
  }
  const id = subject.value ?? "";
  return ownPromotion(await findPromotion(call.sql, id, deps.currencyCode), id, call.actor);
}

function runToProto(run: DryRun, currencyCode: string): MessageInitShape<typeof DryRunPromotionResponseSchema> {
  const amount = (minorUnits: bigint) => ({ currencyCode, minorUnits });
  return {
    checkoutCount: run.checkoutCount,
    discountedCount: run.discountedCount,
    discountTotal: amount(run.discount),
    sellerTotal: amount(run.discount - run.platform),
    platformTotal: amount(run.platform),
    salesTotal: amount(run.sales),
    refusals: [...run.refusals].map(([reason, checkoutCount]) => ({ reason, checkoutCount })),
    largest: run.largest.map(({ groupId, discount }) => ({ orderGroupId: groupId, discount: amount(discount) })),
  };
}
