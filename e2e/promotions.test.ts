import { randomUUID } from "node:crypto";
import test from "ava";
import { cards, fillCart, place, quote } from "./order.ts";
import { type Json, list, object, text } from "./shop.ts";
import { emailOf, openWorld, type World } from "./stories/world.ts";

let opened: World | undefined;

test.before("the shop starts", async (t) => {
  t.timeout(180_000);
  opened = await openWorld("compact");
});
test.after.always("it stops", async () => {
  await opened?.mesh.stop();
});

const ADMIN = "shop.promotion.v1.PromotionAdminService";

test.serial("an offer, free shipping and a budget hold from the cart to the card and back", async (t) => {
  t.timeout(120_000);
  const { shop, shelf, admin, outside } = world();
  const [sku = ""] = shelf.take(1);
  const make = async (fields: Json) => {
    const made = await shop.call(`${ADMIN}/CreatePromotion`, { requestId: randomUUID(), ...fields }, admin);
    return text(made, "promotion", "id");
  };
  const offerId = await make({
    label: "One off",
    trigger: "PROMOTION_TRIGGER_AUTOMATIC",
    action: { amountOff: { amount: { currencyCode: "EUR", minorUnits: "100" } } },
    promotionClass: "PROMOTION_CLASS_PRODUCT",
    combinesWith: ["PROMOTION_CLASS_SHIPPING"],
    conditions: { skus: [sku], countryCodes: ["DE"], rule: "cart.lines.all(line, line.quantity == 1)" },
    platformShareBasisPoints: 10_000,
    budget: { currencyCode: "EUR", minorUnits: "150" },
  });
  await make({
    label: "Free shipping",
    couponCode: "FREESHIP",
    action: { freeShipping: {} },
    combinesWith: ["PROMOTION_CLASS_PRODUCT"],
  });
  const spent = async () => {
    const listed = list(await shop.call(`${ADMIN}/ListPromotions`, {}, admin), "promotions");
    return text(listed.find(({ id }) => id === offerId) ?? {}, "budgetSpent", "minorUnits") || "0";
  };
  const attempt = async (card: string) => {
    const guest = await fillCart(shop, [sku], "FREESHIP");
    const quoted = await quote(shop, guest, emailOf("promotions"));
    const [seller = {}] = list(quoted, "sellers");
    t.is(text(seller, "shipping", "price", "minorUnits") || "0", "0", "the delivery is free");
    t.is(text(seller, "shipping", "sellerDiscount", "minorUnits"), text(seller, "shipping", "discount", "minorUnits"));
    const [line = {}] = list(seller, "lines");
    t.is(text(line, "platformDiscount", "minorUnits"), "100", "the marketplace bears the offer");
    const labels = list(quoted, "discounts").map((discount) => text(discount, "label"));
    t.deepEqual(labels.toSorted(), ["Free shipping", "One off"]);
    const total = Number(text(object(quoted, "totals"), "total", "minorUnits"));
    return { total, placed: await place(shop, guest, text(quoted, "id"), card) };
  };
  const declined = await attempt(cards.declined);
  t.is(declined.placed.state, "REJECTED");
  t.is(await spent(), "0", "what a declined card would have taken goes back to the budget");
  const bought = await attempt(cards.good);
  t.is(bought.placed.state, "CONFIRMED");
  t.is(await spent(), "100");
  const { net, held } = await outside.money(bought.placed.groupId);
  t.is(net + held, bought.total, "the card promised what the quote said");
  const after = await fillCart(shop, [sku]);
  const cart = await shop.call("shop.cart.v1.CartService/GetCart", { cartId: after.cartId }, after.token);
  t.deepEqual(list(object(cart, "cart"), "discounts"), [], "the rest of the budget is too little for another");
});

function world(): World {
  if (opened === undefined) throw new Error("the shop is not open");
  return opened;
}
