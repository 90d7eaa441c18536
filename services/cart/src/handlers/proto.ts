import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type CartLineSchema,
  type CartSchema,
  CartState,
  type LineChangeSchema,
  LineChangeKind,
  LineProblem,
} from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { PromotionClass } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { DomainError, type Money, money } from "@shopmesh/kernel";
import { type Cart, etagOf } from "../cart.ts";
import type { LineChange } from "../look.ts";
import type { PromotionClass as PromotionClassName, Reading } from "../offer.ts";
import { type PricedLine, priceCart } from "../pricing.ts";

const states = {
  open: CartState.OPEN,
  "checked-out": CartState.CHECKED_OUT,
  merged: CartState.MERGED,
} as const satisfies Record<Cart["state"], CartState>;

const problems = {
  unsellable: LineProblem.UNSELLABLE,
  "out-of-stock": LineProblem.OUT_OF_STOCK,
  "insufficient-stock": LineProblem.INSUFFICIENT_STOCK,
  "price-unknown": LineProblem.PRICE_UNKNOWN,
} as const satisfies Record<PricedLine["problems"][number], LineProblem>;

const changeKinds = {
  "price-changed": LineChangeKind.PRICE_CHANGED,
  "quantity-not-available": LineChangeKind.QUANTITY_NOT_AVAILABLE,
  "no-longer-sold": LineChangeKind.NO_LONGER_SOLD,
  "available-again": LineChangeKind.AVAILABLE_AGAIN,
} as const satisfies Record<LineChange["kind"], LineChangeKind>;

const promotionClasses = {
  unspecified: PromotionClass.UNSPECIFIED,
  product: PromotionClass.PRODUCT,
  order: PromotionClass.ORDER,
  shipping: PromotionClass.SHIPPING,
} as const satisfies Record<PromotionClassName, PromotionClass>;

/** The name of a class on the wire. */
export function classNameOf(value: PromotionClass): PromotionClassName {
  const names = Object.keys(promotionClasses) as PromotionClassName[];
  return names.find((name) => promotionClasses[name] === value) ?? "unspecified";
}

/** An answer that tells a cart. */
export type CartResponse = { readonly cart: MessageInitShape<typeof CartSchema> };

/** The cart as it would be sold now. */
export function cartToProto(cart: Cart, reading: Reading, currencyCode: string): MessageInitShape<typeof CartSchema> {
  const priced = priceCart(cart, reading, currencyCode);
  const { lines, discounts, promotions, couponProblem, totals, itemCount } = priced;
  return {
    id: cart.id,
    etag: etagOf(cart),
    version: BigInt(cart.version),
    state: states[cart.state],
    lines: lines.map(lineToProto),
    couponCode: cart.couponCode,
    couponProblem,
    discounts: discounts.map((one) => ({ ...one, promotionClass: promotionClasses[one.promotionClass] })),
    promotions: promotions.map((one) => ({ ...one, promotionClass: promotionClasses[one.promotionClass] })),
    discountsDependOnDelivery: priced.discountsDependOnDelivery,
    discountsUnknown: reading.evaluation === undefined,
    ...(totals === undefined ? {} : { subtotal: totals.subtotal, discountTotal: totals.discount, total: totals.total }),
    currencyCode,
    customerId: cart.customerId ?? "",
    orderGroupId: cart.state === "checked-out" ? cart.orderGroupId : "",
    lastOrderGroupId: cart.orderGroupId,
    mergedIntoCartId: cart.mergedInto,
    mergedCartIds: [...cart.takenOver],
    itemCount,
    createTime: timestampFromMs(cart.createMs),
    updateTime: timestampFromMs(cart.updateMs),
  };
}

/** An amount that another service sent. */
export function moneyOf(amount: { readonly currencyCode: string; readonly minorUnits: bigint } | undefined): Money {
  if (amount === undefined) throw new DomainError("internal", "AMOUNT_MISSING");
  return money(amount.currencyCode, amount.minorUnits);
}

/** A line as it would be sold now. */
export function lineToProto(line: PricedLine): MessageInitShape<typeof CartLineSchema> {
  const { sku, quantity, offer, price, available } = line;
  return {
    sku,
    quantity,
    ...(offer === undefined
      ? {}
      : {
          title: offer.title,
          optionTitle: offer.optionTitle,
          productId: offer.productId,
          productVersion: offer.productVersion,
          sellerId: offer.sellerId,
          sellerName: offer.sellerName,
          categoryId: offer.categoryId,
          pictureUrl: offer.pictureUrl,
          weightGrams: offer.weightGrams,
        }),
    ...(price === undefined ? {} : { unitPrice: price.unit, lineTotal: price.line }),
    ...(available === undefined ? {} : { available }),
    problems: line.problems.map((problem) => problems[problem]),
    changes: line.changes.map(changeToProto),
  };
}

function changeToProto(change: LineChange): MessageInitShape<typeof LineChangeSchema> {
  const kind = changeKinds[change.kind];
  if (change.kind === "price-changed") return { kind, oldUnitPrice: change.oldUnitPrice };
  if (change.kind === "quantity-not-available") return { kind, available: change.available };
  return { kind };
}
