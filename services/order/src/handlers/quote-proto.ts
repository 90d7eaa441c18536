import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  QuoteDiscountSchema,
  QuoteSchema,
  SellerQuoteSchema,
  ShippingChoiceSchema,
} from "@shopmesh/contracts/shop/order/v1/quote_pb.ts";
import { timeField } from "@shopmesh/mesh";
import type { Quote, SellerQuote, ShippingChoice } from "../quote.ts";
import { promotionClasses } from "./promotions.ts";
import { lineToProto, shippingToProto, sumOf } from "./proto.ts";

/** What a checkout costs, as its buyer reads it. */
export function quoteToProto(quote: Quote): MessageInitShape<typeof QuoteSchema> {
  return {
    id: quote.id,
    cartId: quote.cartId,
    cartVersion: BigInt(quote.cartVersion),
    sellers: quote.sellers.map(sellerToProto),
    discounts: mergeDiscounts(quote),
    totals: quote.totals,
    couponCode: quote.couponCode,
    couponReason: quote.couponProblem,
    email: quote.email,
    shippingAddress: quote.address,
    createTime: timestampFromMs(quote.createMs),
    expireTime: timestampFromMs(quote.expireMs),
  };
}

function sellerToProto(seller: SellerQuote): MessageInitShape<typeof SellerQuoteSchema> {
  return {
    sellerId: seller.sellerId,
    sellerName: seller.sellerName,
    lines: seller.lines.map((line) => lineToProto(line)),
    shippingOptions: seller.choices.map(choiceToProto),
    shippingOptionId: seller.shipping.optionId,
    shipping: shippingToProto(seller.shipping),
    totals: seller.totals,
  };
}

function choiceToProto({
  optionId,
  earliestDeliveryMs,
  latestDeliveryMs,
  ...same
}: ShippingChoice): MessageInitShape<typeof ShippingChoiceSchema> {
  return {
    ...same,
    id: optionId,
    ...timeField("earliestDeliveryTime", earliestDeliveryMs),
    ...timeField("latestDeliveryTime", latestDeliveryMs),
  };
}

/** What each promotion takes off in all, goods and deliveries. */
function mergeDiscounts({ discounts, shippingDiscounts = [] }: Quote): MessageInitShape<typeof QuoteDiscountSchema>[] {
  const byPromotion = Map.groupBy([...discounts, ...shippingDiscounts], ({ promotionId }) => promotionId);
  return [...byPromotion].map(([promotionId, own]) => {
    const [first] = own;
    const amount = sumOf(own.map((part) => part.amount));
    const promotionClass = promotionClasses[first?.promotionClass ?? "unspecified"];
    return { promotionId, label: first?.label ?? "", amount, couponCode: first?.couponCode ?? "", promotionClass };
  });
}
