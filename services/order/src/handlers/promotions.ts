import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { PromotionClass as Wire } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Client, Origin } from "@shopmesh/mesh";
import { unlessAway } from "./away.ts";
import { moneyOf } from "./money.ts";
import { chosenOf, type Offer, type PromotionClass, type Quote, type QuoteInput } from "../quote.ts";

/** What comes off a quote. */
export type QuotedPromotions = Required<
  Pick<Quote, "couponProblem" | "discounts" | "shippingDiscounts" | "promotions">
>;

/** What promotion is asked about once it is known where the goods go, and by which delivery. */
export type Delivered = Pick<QuoteInput, "items" | "offers" | "choices" | "wish" | "address" | "personId">;

/** Who is asked. */
export type PromotionReader = Pick<Client<typeof PromotionService>, "evaluatePromotions">;

/** The classes of promotions on the wire. */
export const promotionClasses = {
  unspecified: Wire.UNSPECIFIED,
  product: Wire.PRODUCT,
  order: Wire.ORDER,
  shipping: Wire.SHIPPING,
} as const satisfies Record<PromotionClass, Wire>;

/** What comes off: as the cart read it, unless the delivery may change it. Throws PROMOTION_UNAVAILABLE. */
export async function readPromotions(
  promotion: PromotionReader,
  cart: Cart,
  delivered: Delivered,
  origin: Origin,
): Promise<QuotedPromotions> {
  if (!cart.discountsDependOnDelivery) {
    return {
      couponProblem: cart.couponProblem,
      discounts: cart.discounts.map((discount) => ({ sku: discount.sku, ...sharedOf(discount) })),
      shippingDiscounts: [],
      promotions: countedOf(cart.promotions),
    };
  }
  const { personId: customerId = "", address } = delivered;
  const wanted = {
    lines: linesOf(delivered),
    couponCode: cart.couponCode,
    customerId,
    countryCode: address.countryCode,
    shipping: deliveriesOf(delivered),
  };
  const evaluated = await unlessAway(promotion.evaluatePromotions(wanted, origin), () => {
    throw new DomainError("unavailable", "PROMOTION_UNAVAILABLE", { cart_id: cart.id });
  });
  return {
    couponProblem: evaluated.couponProblem,
    discounts: evaluated.discounts.map((discount) => ({ sku: discount.sku, ...sharedOf(discount) })),
    shippingDiscounts: evaluated.shippingDiscounts.map((discount) => ({
      sellerId: discount.sellerId,
      ...sharedOf({ ...discount, promotionClass: Wire.SHIPPING }),
    })),
    promotions: countedOf(evaluated.promotions),
  };
}

function linesOf({ items, offers }: Delivered) {
  const offerOf = new Map<string, Offer>(offers.map((offer) => [offer.sku, offer]));
  return items.flatMap(({ sku, quantity }) => {
    const offer = offerOf.get(sku);
    if (offer === undefined) return [];
    const { sellerId, categoryId, unitPrice } = offer;
    return [{ sku, quantity, sellerId, categoryId, unitPrice }];
  });
}

/** The delivery that counts for each seller; one that has none is told by the quote. */
function deliveriesOf(delivered: Delivered) {
  return [...delivered.choices.keys()].flatMap((sellerId) => {
    const chosen = chosenOf(delivered, sellerId);
    return chosen === undefined ? [] : [{ sellerId, price: chosen.price }];
  });
}

function countedOf(promotions: Cart["promotions"]): QuotedPromotions["promotions"] {
  return promotions
    .filter(({ counted }) => counted)
    .map(({ promotionId, amount }) => ({ promotionId, amount: moneyOf(amount) }));
}

type Told = Pick<
  Cart["discounts"][number],
  "promotionId" | "label" | "amount" | "platformAmount" | "promotionClass" | "couponCode"
>;

function sharedOf({ promotionId, label, amount, platformAmount, promotionClass, couponCode }: Told) {
  return {
    promotionId,
    label,
    amount: moneyOf(amount),
    // Told by no older cart: its promotions were the sellers' to bear.
    ...(platformAmount === undefined ? {} : { platformAmount: moneyOf(platformAmount) }),
    promotionClass: classNameOf(promotionClass),
    couponCode,
  };
}

function classNameOf(value: Wire): PromotionClass {
  const names = Object.keys(promotionClasses) as PromotionClass[];
  return names.find((name) => promotionClasses[name] === value) ?? "unspecified";
}
