import type {
  ExplainCouponRequest,
  PromotionService,
  ReserveRedemptionRequest,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { type Clock, DomainError, sumMoney } from "@shopmesh/kernel";
import { type Call, failpoint, type Handlers, personIdOf, type Sql, type Tx } from "@shopmesh/mesh";
import {
  admitRedemption,
  conditionsOf,
  normaliseCode,
  type Promotion,
  problemOf,
  refusalOf,
  type Use,
} from "../coupon.ts";
import { percentageOff, subtotalOf } from "../discount.ts";
import { type Redemption, reservedAgain } from "../redemption.ts";
import { countRedemption, findCoupon, uncountRedemption } from "../store/promotions.ts";
import { countOfCustomer, findRedemption, insertRedemption, settleRedemption } from "../store/redemptions.ts";
import { linesOf, redemptionToProto } from "./proto.ts";

/** What cart, order and whoever holds a coupon need. */
export type CouponHandlerDeps = { readonly clock: Clock };

export function couponHandlers({ clock }: CouponHandlerDeps): Handlers<typeof PromotionService> {
  return {
    async evaluatePromotions({ lines, couponCode, customerId }, call) {
      const priced = linesOf(lines);
      const subtotal = subtotalOf(priced);
      const code = normaliseCode(couponCode);
      // Every promotion of now has a code: without one nothing comes off.
      if (code === "") return {};
      const { promotion, use } = await readCoupon(call.sql, code, { customerId, nowMs: clock() });
      const problem = problemOf(promotion, { ...use, subtotal });
      if (promotion === undefined || problem !== undefined) {
        return { couponProblem: problem ?? "COUPON_NOT_FOUND", couponCode: code };
      }
      const discounts = percentageOff(priced, promotion.discountBasisPoints).map((discount) => ({
        ...discount,
        promotionId: promotion.id,
        label: promotion.label,
        couponCode: code,
      }));
      return { discounts, couponCode: code };
    },
    async reserveRedemption(request, call) {
      return { redemption: redemptionToProto(await reserve(request, call, clock())) };
    },
    async releaseRedemption({ redemptionId }, call) {
      await call.transaction((tx) => release(tx, redemptionId, clock()));
      return {};
    },
    explainCoupon: (request, call) => explain(request, call, clock()),
  };
}

/** The promotion of a code and how this customer may use it. */
async function readCoupon(
  sql: Sql,
  code: string,
  { customerId, nowMs }: { readonly customerId: string; readonly nowMs: number },
): Promise<{
  readonly promotion: Promotion | undefined;
  readonly use: Omit<Use, "subtotal">;
}> {
  const found = await findCoupon(sql, code, customerId);
  const customerRedemptionCount = found?.customerRedemptionCount ?? 0;
  const use = { nowMs, customerId: customerId === "" ? undefined : customerId };
  return { promotion: found?.promotion, use: { ...use, customerRedemptionCount } };
}

async function explain({ couponCode, lines }: ExplainCouponRequest, call: Call, nowMs: number) {
  const priced = linesOf(lines);
  const subtotal = subtotalOf(priced);
  const customerId = personIdOf(call.actor) ?? "";
  const code = normaliseCode(couponCode);
  const { promotion, use } = await readCoupon(call.sql, code, { customerId, nowMs });
  const conditions = conditionsOf(promotion, { ...use, subtotal });
  const applies = conditions.every(({ isMet }) => isMet);
  const answer = { conditions: conditions.map((condition) => ({ ...condition })), applies };
  if (!applies || promotion === undefined || subtotal === undefined) return answer;
  const discounts = percentageOff(priced, promotion.discountBasisPoints);
  const amounts = discounts.map(({ amount }) => amount);
  return { ...answer, discountTotal: sumMoney(subtotal.currencyCode, amounts) };
}

/** The redemption, counted once, however often it is asked for. Throws the COUPON_ and REDEMPTION_ reasons. */
async function reserve(
  { redemptionId, couponCode, customerId }: ReserveRedemptionRequest,
  call: Call,
  nowMs: number,
): Promise<Redemption> {
  const code = normaliseCode(couponCode);
  const [known, { promotion, use }] = await Promise.all([
    findRedemption(call.sql, redemptionId),
    readCoupon(call.sql, code, { customerId, nowMs }),
  ]);
  if (known !== undefined) return reservedAgain(known, code);
  const admitted = admitRedemption(promotion, code, use);
  const redemption: Redemption = {
    id: redemptionId,
    state: "reserved",
    version: 1,
    promotionId: admitted.id,
    couponCode: code,
    customerId: use.customerId,
  };
  return call.transaction((tx) => insertCounted(tx, redemption, admitted, nowMs));
}

/** Writes a redemption and counts it: the limits hold, for all who count a promotion wait for its row. */
async function insertCounted(tx: Tx, redemption: Redemption, promotion: Promotion, nowMs: number): Promise<Redemption> {
  const { id, couponCode: code, customerId } = redemption;
  if (!(await insertRedemption(tx, redemption, nowMs))) {
    const known = await findRedemption(tx, id);
    if (known === undefined) throw new DomainError("aborted", "REDEMPTION_CONTENTION", { redemption_id: id });
    return reservedAgain(known, code);
  }
  failpoint("promotion.between-redemption-and-count");
  if (!(await countRedemption(tx, promotion.id, nowMs))) {
    // What forbids it came to be since it was admitted.
    const { promotion: now, use } = await readCoupon(tx, code, { customerId: customerId ?? "", nowMs });
    admitRedemption(now, code, { ...use, customerRedemptionCount: 0 });
    throw refusalOf("COUPON_LIMIT_REACHED", code);
  }
  const { maxRedemptionsPerCustomer: own } = promotion;
  if (own > 0 && customerId !== undefined && (await countOfCustomer(tx, promotion.id, customerId)) > own) {
    throw refusalOf("COUPON_CUSTOMER_LIMIT_REACHED", code);
  }
  return redemption;
}

/** Gives a redemption up, or leaves the tombstone of one that was never made. Throws REDEMPTION_CONFIRMED. */
async function release(tx: Tx, id: string, nowMs: number): Promise<void> {
  const give = () => settleRedemption(tx, id, "released", nowMs);
  if (await give()) return uncountRedemption(tx, id);
  if (await insertRedemption(tx, tombstone(id), nowMs)) return;
  // Known after all: perhaps reserved between the two statements.
  if (await give()) return uncountRedemption(tx, id);
  const known = await findRedemption(tx, id);
  if (known?.state === "confirmed") {
    throw new DomainError("precondition", "REDEMPTION_CONFIRMED", { redemption_id: id });
  }
}

function tombstone(id: string): Redemption {
  return {
    id,
    state: "released",
    version: 1,
    promotionId: "",
    couponCode: "",
    customerId: undefined,
  };
}
