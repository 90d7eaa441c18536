import { randomUUID } from "node:crypto";
import test from "ava";
import { slugOf } from "./browser/goods.ts";
import { type BrowserShop, openBrowserShop } from "./browser/open.ts";
import { fillCheckout, payable, putInCart, reads } from "./browser/steps.ts";
import { cards, fillCart, place as placeOrder, quote } from "./order.ts";
import { text } from "./shop.ts";
import { emailOf } from "./stories/world.ts";

/** What a page shows where something does not go as it was wanted. */
const WIDE = 1280;

let opened: BrowserShop | undefined;

test.before("the shop and a browser start", async (t) => {
  t.timeout(180_000);
  opened = await openBrowserShop();
});
test.after.always("both stop", async () => {
  await opened?.close();
});

test.serial("an offer that runs out is told with the prices without it, and those can be paid", async (t) => {
  t.timeout(120_000);
  const { world, visit } = open();
  const { shop, shelf, admin } = world;
  const [sku = ""] = shelf.take(1);
  const offer = {
    requestId: randomUUID(),
    label: "First come",
    trigger: "PROMOTION_TRIGGER_AUTOMATIC",
    action: { amountOff: { amount: { currencyCode: "EUR", minorUnits: "100" } } },
    promotionClass: "PROMOTION_CLASS_PRODUCT",
    conditions: { skus: [sku] },
    maxRedemptions: 1,
  };
  await shop.call("shop.promotion.v1.PromotionAdminService/CreatePromotion", offer, admin);
  const { page, place } = await visit(t, WIDE);
  const pay = page.getByRole("button", { name: /^Pay / });
  const price = async () => Number(/[\d.]+/.exec((await pay.textContent()) ?? "")?.[0]);
  await putInCart(page, await slugOf(shop, sku));
  await fillCheckout(page, emailOf("late"), "4242");
  const reduced = await price();
  const guest = await fillCart(shop, [sku]);
  const quoted = await quote(shop, guest, emailOf("first"));
  const first = await placeOrder(shop, guest, text(quoted, "id"), cards.good);
  t.is(first.state, "CONFIRMED");
  await place();
  await page.getByText("First come has just been used up. Here are the prices without it.").waitFor();
  await payable(page);
  t.is((await price()).toFixed(2), (reduced + 1).toFixed(2));
  await place();
  await reads(page, "Confirmed");
});

function open(): BrowserShop {
  if (opened === undefined) throw new Error("the shop is not there");
  return opened;
}
