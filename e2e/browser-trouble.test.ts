import { randomUUID } from "node:crypto";
import test from "ava";
import type { Page } from "playwright-core";
import { slugOf } from "./browser/goods.ts";
import { type BrowserShop, openBrowserShop } from "./browser/open.ts";
import { fillCheckout, payable, putInCart, reads } from "./browser/steps.ts";
import { cards, fillCart, place as placeOrder, quote } from "./order.ts";
import { list, text } from "./shop.ts";
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

test.serial("a product that is known stays on its page though it cannot be read again", async (t) => {
  t.timeout(60_000);
  const { visit, slugInStock } = open();
  const { page, inspect } = await visit(t, WIDE);
  await page.clock.install();
  await page.goto(`/products/${await slugInStock()}`);
  await page.getByRole("button", { name: "Add to cart" }).waitFor();
  await page.getByRole("link", { name: /home$/ }).click();
  await page.locator(".product").first().waitFor();
  await refuse(page, "GetProduct");
  // What was read is old by then, and read again.
  await page.clock.fastForward("01:00");
  await page.goBack();
  await page.getByText("That did not work").waitFor();
  t.true(await page.getByRole("button", { name: "Add to cart" }).isVisible());
  await inspect(t, "product-stale");
  await triesAgain(page, "GetProduct");
});

test.serial("a category says when it cannot be shown, and when it is empty", async (t) => {
  t.timeout(60_000);
  const { world, visit } = open();
  const { page, inspect } = await visit(t, WIDE);
  const { categories } = await world.shop.call("shop.catalog.v1.CatalogService/ListCategories", {});
  const [category] = list({ categories }, "categories");
  await refuse(page, "ListCategories");
  await page.goto(`/?category=${text(category ?? {}, "slug")}`);
  await page.getByText("That did not work").waitFor();
  await inspect(t, "category-unknown");
  await triesAgain(page, "ListCategories");
  await page.locator(".product").first().waitFor();
  await page.route("**/ListProducts", (route) => route.fulfill({ json: {} }));
  await page.reload();
  await page.getByText("There is nothing here yet.").waitFor();
  await inspect(t, "category-empty");
});

/** From now on the shop answers that method of its catalog with a failure. */
async function refuse(page: Page, method: string): Promise<void> {
  await page.route(`**/${method}`, (route) => route.fulfill({ status: 500, json: { code: "internal" } }));
}

/** The method answers again; resolves when another try has taken the notice away. */
async function triesAgain(page: Page, method: string): Promise<void> {
  await page.unroute(`**/${method}`);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("That did not work").waitFor({ state: "detached" });
}

function open(): BrowserShop {
  if (opened === undefined) throw new Error("the shop is not there");
  return opened;
}
