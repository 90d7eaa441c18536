import type {
  PromotionService,
  ReserveRedemptionRequest,
} from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Call, failpoint, type Handlers, type Tx } from "@shopmesh/mesh";
import { admitRedemption, normaliseCode, refusalOf } from "../coupon.ts";
import { isCounted, ownLimitOf, type Promotion } from "../promotion.ts";
import { type Redemption, type RedemptionPart, reservedAgain } from "../redemption.ts";
import { freeCode, takeCode } from "../store/codes.ts";
import { countRedemptions, type Finding, type Found, findOffers, uncountRedemption } from "../store/promotions.ts";
import {
  countsOfCustomer,
  findRedemption,
  insertParts,
  insertRedemption,
  settleRedemption,
} from "../store/redemptions.ts";
import { type EvaluationDeps, evaluateCart, explainCoupon } from "./evaluation.ts";
import { moneyOf, redemptionToProto } from "./proto.ts";

/** What cart, order and whoever holds a coupon need. */
export function couponHandlers(deps: EvaluationDeps): Handlers<typeof PromotionService> {
  return {
    evaluatePromotions: (request, call) => evaluateCart(deps, request, call),
    explainCoupon: (request, call) => explainCoupon(deps, request, call),
    async reserveRedemption(request, call) {
      return { redemption: redemptionToProto(await reserve(deps, request, call)) };
    },
    async releaseRedemption({ redemptionId }, call) {
      await call.transaction((tx) => release(tx, redemptionId, deps.clock()));
      return {};
    },
  };
}

/** A redemption to be counted, with every promotion that counts it. */
type Reservation = {
  readonly redemption: Redemption;
  readonly promotions: readonly Promotion[];
  /** One for each promotion, by its id: all who count lock the rows in one order. */
  readonly parts: readonly RedemptionPart[];
  readonly asked: Asked;
};

/** What is to be counted, as it was asked. */
type Asked = Finding & { readonly given: readonly RedemptionPart[] };

/** The redemption, counted once, however often it is asked for. Throws the COUPON_, PROMOTION_ and REDEMPTION_ reasons. */
async function reserve(deps: EvaluationDeps, request: ReserveRedemptionRequest, call: Call): Promise<Redemption> {
  const { redemptionId, customerId } = request;
  const couponCode = normaliseCode(request.couponCode);
  if (couponCode === "" && request.parts.length === 0) {
    throw new DomainError("invalid", "REDEMPTION_EMPTY", { redemption_id: redemptionId });
  }
  const given = request.parts.map(({ promotionId, discount }) => ({
    promotionId,
    discount: moneyOf(discount).minorUnits,
  }));
  const asked = { ids: given.map(({ promotionId }) => promotionId), couponCode, customerId, given };
  const [known, found] = await Promise.all([
    findRedemption(call.sql, redemptionId),
    findOffers(call.sql, asked, deps.currencyCode),
  ]);
  if (known !== undefined) return reservedAgain(known, couponCode);
  const promotions = admitAll(found, asked, deps.clock());
  const reservation = reservationOf(redemptionId, { asked, found, promotions, currencyCode: deps.currencyCode });
  return call.transaction((tx) => insertCounted(deps, tx, reservation));
}

function reservationOf(
  id: string,
  {
    asked,
    found,
    promotions,
    currencyCode,
  }: {
    readonly asked: Asked;
    readonly found: Found;
    readonly promotions: readonly Promotion[];
    readonly currencyCode: string;
  },
): Reservation {
  const { couponCode, customerId, given } = asked;
  const coupon = couponCode === "" ? undefined : found.coupon?.promotion;
  const discounts = new Map(given.map(({ promotionId, discount }) => [promotionId, discount]));
  const discount = coupon === undefined ? undefined : discounts.get(coupon.id);
  return {
    asked,
    promotions,
    parts: promotions
      .map((promotion) => ({ promotionId: promotion.id, discount: discounts.get(promotion.id) ?? 0n }))
      .toSorted((left, right) => (left.promotionId < right.promotionId ? -1 : 1)),
    redemption: {
      id,
      state: "reserved",
      version: 1,
      promotionId: coupon?.id ?? "",
      couponCode,
      discount: discount === undefined ? undefined : { currencyCode, minorUnits: discount },
      customerId: customerId === "" ? undefined : customerId,
    },
  };
}

/**
 * The coupon's promotion and the counted automatic ones, where one more redemption of each may be tried. `isCounting`: the
 * customer's own uses and the code are looked after under the lock.
 */
function admitAll(found: Found, asked: Asked, nowMs: number, isCounting = false): readonly Promotion[] {
  const { couponCode, customerId, given } = asked;
  const { hasOrdered, groups, coupon } = found;
  const buyer = { customerId: customerId === "" ? undefined : customerId, hasOrdered, groups };
  const offers = given.map(({ promotionId }) => {
    const offer = found.offers.find(({ promotion }) => promotion.id === promotionId);
    if (offer !== undefined && (offer.promotion.trigger === "automatic" || offer === coupon)) return offer;
    throw new DomainError("not-found", "PROMOTION_NOT_FOUND", { promotion_id: promotionId });
  });
  const all = couponCode === "" ? offers : [coupon, ...offers.filter((offer) => offer !== coupon)];
  return all
    .map((offer) =>
      admitRedemption(offer?.promotion, couponCode, {
        nowMs,
        buyer,
        customerRedemptionCount: isCounting ? 0 : (offer?.customerRedemptionCount ?? 0),
        isCodeUsed: !isCounting && offer?.isCodeUsed === true,
        discount: given.find(({ promotionId }) => promotionId === offer?.promotion.id)?.discount ?? 0n,
      }),
    )
    .filter(isCounted);
}

/** Writes a redemption and counts it: the limits and budgets hold, for all who count a promotion wait for its row. */
async function insertCounted(deps: EvaluationDeps, tx: Tx, reservation: Reservation): Promise<Redemption> {
  const { redemption, promotions, parts } = reservation;
  const { id, couponCode } = redemption;
  const nowMs = deps.clock();
  if (!(await insertRedemption(tx, redemption, nowMs))) {
    const known = await findRedemption(tx, id);
    if (known === undefined) throw new DomainError("aborted", "REDEMPTION_CONTENTION", { redemption_id: id });
    return reservedAgain(known, couponCode);
  }
  const coupon = promotions.find(({ trigger }) => trigger !== "automatic");
  if (coupon?.trigger === "generated-codes" && !(await takeCode(tx, couponCode, id))) {
    throw refusalOf("COUPON_CODE_USED", coupon, couponCode);
  }
  const automatic = parts.filter(({ promotionId }) => promotionId !== redemption.promotionId);
  await insertParts(tx, redemption, automatic);
  failpoint("promotion.between-redemption-and-count");
  if (parts.length > 0 && !(await countRedemptions(tx, parts, nowMs))) await refuse(deps, tx, reservation);
  await refuseOwnLimits(tx, reservation);
  return redemption;
}

/** Says what forbids a redemption that was admitted a moment ago. */
async function refuse(deps: EvaluationDeps, tx: Tx, { asked, promotions }: Reservation): Promise<never> {
  const found = await findOffers(tx, asked, deps.currencyCode);
  admitAll(found, asked, deps.clock(), true);
  throw refusalOf("COUPON_LIMIT_REACHED", promotions[0], asked.couponCode);
}

async function refuseOwnLimits(tx: Tx, { redemption, promotions }: Reservation): Promise<void> {
  const { customerId, couponCode } = redemption;
  const limited = promotions.filter((promotion) => ownLimitOf(promotion) > 0);
  if (limited.length === 0 || customerId === undefined) return;
  const counts = await countsOfCustomer(
    tx,
    limited.map(({ id }) => id),
    customerId,
  );
  const over = limited.find((promotion) => (counts.get(promotion.id) ?? 0) > ownLimitOf(promotion));
  if (over !== undefined) throw refusalOf("COUPON_CUSTOMER_LIMIT_REACHED", over, couponCode);
}

/** Gives a redemption up, or leaves the tombstone of one that was never made. Throws REDEMPTION_CONFIRMED. */
async function release(tx: Tx, id: string, nowMs: number): Promise<void> {
  if (await giveBack(tx, id, nowMs)) return;
  if (await insertRedemption(tx, tombstone(id), nowMs)) return;
  // Known after all: perhaps reserved between the two statements.
  if (await giveBack(tx, id, nowMs)) return;
  const known = await findRedemption(tx, id);
  if (known?.state === "confirmed") {
    throw new DomainError("precondition", "REDEMPTION_CONFIRMED", { redemption_id: id });
  }
}

async function giveBack(tx: Tx, id: string, nowMs: number): Promise<boolean> {
  if (!(await settleRedemption(tx, id, "released", nowMs))) return false;
  await freeCode(tx, id);
  await uncountRedemption(tx, id);
  return true;
}

function tombstone(id: string): Redemption {
  return {
    id,
    state: "released",
    version: 1,
    promotionId: "",
    couponCode: "",
    discount: undefined,
    customerId: undefined,
  };
}
