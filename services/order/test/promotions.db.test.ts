import { create } from "@bufbuild/protobuf";
import { OrderConfirmedSchema } from "@shopmesh/contracts/shop/order/v1/order_events_pb.ts";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { PromotionClass } from "@shopmesh/contracts/shop/promotion/v1/promotion_pb.ts";
import { EvaluatePromotionsResponseSchema } from "@shopmesh/contracts/shop/promotion/v1/promotion_service_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import test from "ava";
import { eur } from "./fixtures.ts";
import { orderAll, parcelIds } from "./placed.ts";
import { card, cartAnswer, sellerId, startShop } from "./shop.ts";

const promotionId = "01890000-0000-7000-8000-0000000000b1";
const shares = { amount: eur(490), sellerAmount: eur(190), platformAmount: eur(300) };

/** Free shipping from the first seller, and a counted automatic promotion on B. */
const evaluated = () =>
  create(EvaluatePromotionsResponseSchema, {
    shippingDiscounts: [{ sellerId: sellerId(1), promotionId, label: "Free shipping", ...shares }],
    discounts: [
      {
        sku: "B",
        promotionId: "auto",
        label: "Five off",
        amount: eur(500),
        sellerAmount: eur(0),
        platformAmount: eur(500),
        promotionClass: PromotionClass.PRODUCT,
      },
    ],
    promotions: [
      { promotionId, label: "Free shipping", amount: eur(490), promotionClass: PromotionClass.SHIPPING, counted: true },
      { promotionId: "auto", label: "Five off", amount: eur(500), counted: true },
      { promotionId: "free", label: "Uncounted", amount: eur(1), counted: false },
    ],
  });

test("what depends on the delivery is asked again by the quote, with its country and the deliveries chosen", async (t) => {
  const { checkout, asked, requests } = await startShop(t, {
    getCart: () => cartAnswer({ discountsDependOnDelivery: true }),
    evaluatePromotions: evaluated,
  });
  const { quote } = await checkout.quoteCheckout(asked);
  t.like(requests("evaluatePromotions").at(-1), {
    countryCode: asked.shippingAddress.countryCode,
    shipping: [
      { sellerId: sellerId(1), price: eur(490) },
      { sellerId: sellerId(2), price: eur(490) },
    ],
  });
  const [first, second] = quote?.sellers ?? [];
  t.like(first?.shipping, { price: eur(0), discount: eur(490), sellerDiscount: eur(190), platformDiscount: eur(300) });
  t.like(second?.shipping, { price: eur(490), discount: undefined });
  t.like(second?.lines[0], { discount: eur(500), sellerDiscount: eur(0), platformDiscount: eur(500) });
  t.deepEqual(
    quote?.discounts.map(({ label, amount, promotionClass }) => [label, amount?.minorUnits, promotionClass]),
    [
      ["Five off", 500n, PromotionClass.PRODUCT],
      ["Free shipping", 490n, PromotionClass.SHIPPING],
    ],
  );
});

test("a checkout reserves the promotions that are counted, with what they take off", async (t) => {
  const { checkout, asked, requests, service } = await startShop(t, {
    getCart: () => cartAnswer({ couponCode: "", discountsDependOnDelivery: true }),
    evaluatePromotions: evaluated,
  });
  const { quote } = await checkout.quoteCheckout(asked);
  const placed = await checkout.placeOrder({ requestId: "r", quoteId: quote?.id ?? "", tenders: card() });
  t.is(placed.state, CheckoutState.CONFIRMED);
  t.like(requests("reserveRedemption")[0], {
    couponCode: "",
    parts: [
      { promotionId, discount: eur(490) },
      { promotionId: "auto", discount: eur(500) },
    ],
  });
  const rows = await service.database.sql.rows<{ subject: string }>("SELECT subject FROM mesh_outbox");
  t.true(rows.some(({ subject }) => subject.endsWith(OrderConfirmedSchema.typeName)));
});

test("a cart that hangs on no delivery is not asked about again, and one without promotions reserves nothing", async (t) => {
  const { checkout, quoteId, calls } = await startShop(t, { getCart: () => cartAnswer({ couponCode: "" }) });
  await checkout.placeOrder({ requestId: "r", quoteId, tenders: card() });
  t.false(calls().includes("evaluatePromotions"));
  t.false(calls().includes("reserveRedemption"));
});

const sumOf = (asked: readonly { readonly platformShare?: { readonly minorUnits: bigint } }[]) =>
  asked.reduce((sum, { platformShare }) => sum + (platformShare?.minorUnits ?? 0n), 0n);

/** Both parcels leave, the first arrives, the second is lost. */
async function loseSecond({ carrier, wake, ended, until }: Awaited<ReturnType<typeof orderAll>>) {
  const planned = await until(({ orders }) => orders.every(({ parcels }) => parcels.length > 0));
  const [first = "", second = ""] = parcelIds(planned);
  carrier.send();
  carrier.bring(first);
  carrier.end(ShipmentState.LOST, second);
  await wake();
  await ended();
  return { planned, first, second };
}

test("seller-funded and platform-funded shares are kept apart: each capture says what the marketplace pays besides, each refund what it takes back", async (t) => {
  const shop = await orderAll(t, {
    getCart: () => cartAnswer({ discountsDependOnDelivery: true }),
    evaluatePromotions: evaluated,
  });
  const { first, second } = await loseSecond(shop);
  const { requests } = shop;
  const captures = new Map(requests("capturePayment").map((asked) => [asked.captureId, asked]));
  t.is(captures.get(first)?.platformShare?.minorUnits, 300n, "of the delivery of the first seller");
  t.is(captures.get(second)?.platformShare?.minorUnits, 500n, "of B");
  t.is(sumOf(requests("refundPayment")), 500n);
  t.deepEqual(requests("bookPlatformShare"), []);
});

/** Everything is on the marketplace. */
const onTheHouse = () =>
  create(EvaluatePromotionsResponseSchema, {
    discounts: [
      { sku: "A", label: "On us", amount: eur(1_998), platformAmount: eur(1_998) },
      { sku: "B", label: "On us", amount: eur(2_500), platformAmount: eur(2_500) },
    ],
    shippingDiscounts: [1, 2].map((seller) => ({
      sellerId: sellerId(seller),
      label: "On us",
      amount: eur(490),
      platformAmount: eur(490),
    })),
  });

test("of an order that the marketplace pays whole nothing is taken: its share and its tax are booked when a parcel leaves, and taken back when it is lost", async (t) => {
  const shop = await orderAll(
    t,
    { getCart: () => cartAnswer({ discountsDependOnDelivery: true }), evaluatePromotions: onTheHouse },
    [],
  );
  const { requests, total, placed } = shop;
  t.is(total, 0n);
  const { planned } = await loseSecond(shop);
  const booked = requests("bookPlatformShare");
  const sales = booked.filter(({ reversed }) => reversed !== true);
  t.is(sumOf(sales), 1_998n + 2_500n + 2n * 490n);
  t.is(
    sales.reduce((sum, { tax }) => sum + (tax?.minorUnits ?? 0n), 0n),
    planned.reduce((sum, { totals }) => sum + (totals?.tax?.minorUnits ?? 0n), 0n),
  );
  t.true(sales.every(({ orderGroupId }) => orderGroupId === placed.group?.id));
  t.is(sumOf(booked.filter(({ reversed }) => reversed === true)), 2_500n + 490n);
  t.deepEqual(requests("capturePayment"), []);
  t.deepEqual(requests("refundPayment"), []);
});
