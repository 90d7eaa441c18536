import type { Cart } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { PromotionClass as Wire } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import type { PromotionService } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { DomainError, isRefusal, type Money, money } from "@shopmesh/kernel";
import type { Client, Origin } from "@shopmesh/mesh";
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
  const evaluated = await promotion
    .evaluatePromotions(
      {
        lines: linesOf(delivered),
        couponCode: cart.couponCode,
        customerId,
        countryCode: address.countryCode,
        shipping: deliveriesOf(delivered),
      },
      origin,
    )
    .catch((error: unknown) => {
      const isAway = isRefusal(error, "UNAVAILABLE") || isRefusal(error, "DEADLINE");
      throw isAway ? new DomainError("unavailable", "PROMOTION_UNAVAILABLE", { cart_id: cart.id }) : error;
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
    .map(({ promotionId, amount }) => ({ promotionId, amount: amountOf(amount) }));
}

type Told = Pick<
  Cart["discounts"][number],
  "promotionId" | "label" | "amount" | "platformAmount" | "promotionClass" | "couponCode"
>;

function sharedOf({ promotionId, label, amount, platformAmount, promotionClass, couponCode }: Told) {
  return {
    promotionId,
    label,
    amount: amountOf(amount),
    // Told by no older cart: its promotions were the sellers' to bear.
    ...(platformAmount === undefined ? {} : { platformAmount: amountOf(platformAmount) }),
    promotionClass: classNameOf(promotionClass),
    couponCode,
  };
}

function classNameOf(value: Wire): PromotionClass {
  const names = Object.keys(promotionClasses) as PromotionClass[];
  return names.find((name) => promotionClasses[name] === value) ?? "unspecified";
}

function amountOf(amount: { readonly currencyCode: string; readonly minorUnits: bigint } | undefined): Money {
  if (amount === undefined) throw new DomainError("internal", "AMOUNT_MISSING");
  return money(amount.currencyCode, amount.minorUnits);
}
