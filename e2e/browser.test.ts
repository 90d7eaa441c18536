import { randomUUID } from "node:crypto";
import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { changeCartFromAfar, raisePrice } from "./browser/afar.ts";
import { slugOnHomePage } from "./browser/goods.ts";
import { findByMail, findByNumber } from "./browser/find.ts";
import { isTold } from "./browser/is-told.ts";
import { carries } from "./browser/live.ts";
import { type BrowserShop, openBrowserShop } from "./browser/open.ts";
import { paysBySavedCard } from "./browser/saved-card.ts";
import { sendsBack } from "./browser/sends-back.ts";
import {
  addToCart,
  enterCoupon,
  fillCheckout,
  payable,
  putInCart,
  reads,
  register,
  toldSequences,
} from "./browser/steps.ts";
import { orderStates, watchUntil } from "./order.ts";
import { type Json, list, text } from "./shop.ts";
import { emailOf, type World } from "./stories/world.ts";

const RESTART_MS = 90_000;
const WIDE = 1280;
const NARROW = 360;

let opened: BrowserShop | undefined;

test.before("the shop and a browser start", async (t) => {
  t.timeout(180_000);
  opened = await openBrowserShop();
});
test.after.always("both stop", async () => {
  await opened?.close();
});

test.serial("a guest buys, from the home page to the order that is confirmed, on pages for everybody", async (t) => {
  t.timeout(120_000);
  const { page, place, inspect } = await visit(t, WIDE);
  await page.goto("/");
  await page.locator(".product").first().waitFor();
  await inspect(t, "home");
  await page.locator(`.product a[href="/products/${await slugOnHomePage(world().shop)}"]`).click();
  await addToCart(page);
  await inspect(t, "product");
  await page.getByRole("link", { name: /^Cart/ }).click();
  await enterCoupon(page, "welcome10");
  await inspect(t, "cart");
  const email = emailOf("browser");
  await fillCheckout(page, email, "4242");
  await inspect(t, "checkout");
  const groupId = text(await place(), "group", "id");
  await reads(page, "Confirmed");
  await inspect(t, "order");
  const { net, held } = await world().outside.money(groupId);
  t.true(net + held > 0, "it is paid for");
  const number = (await page.locator("h2").first().textContent()) ?? "";
  await findByNumber((await visit(t, NARROW)).page, number, email);
  await findByMail((await visit(t, NARROW)).page, text(await world().outside.mail(email, number), "text"), email);
  t.deepEqual(open().complaints, []);
});

test.serial("a payer on a narrow screen confirms at the bank and comes back to the order", async (t) => {
  t.timeout(120_000);
  const { page, place, inspect } = await visit(t, NARROW);
  await putInCart(page, await slugInStock());
  await fillCheckout(page, emailOf("narrow"), "3220");
  await inspect(t, "checkout");
  await place();
  await page.getByRole("button", { name: "Complete" }).click();
  await reads(page, "Confirmed");
  await inspect(t, "order");
  await page.goto("/");
  await page.locator(".product").first().waitFor();
  await inspect(t, "home");
});

test.serial("a payer with a gift card pays the rest at PayPal's page, and comes back to the order", async (t) => {
  t.timeout(120_000);
  const { shop, admin } = world();
  const amount = { currencyCode: "EUR", minorUnits: "300" };
  const issue = { requestId: `browser-gift-${process.pid}`, amount, reason: "GOODWILL" };
  const code = text(await shop.call("shop.payment.v1.PaymentAdminService/IssueGiftCard", issue, admin), "code");
  const { page, place, inspect } = await visit(t, WIDE);
  await putInCart(page, await slugInStock());
  await fillCheckout(page, emailOf("paypal"), "4242");
  await page.getByText("PayPal", { exact: true }).click();
  await page.getByLabel("Gift card").fill(code);
  await inspect(t, "checkout");
  await place();
  await page.getByRole("button", { name: "Agree and pay" }).click();
  await reads(page, "Confirmed");
});

test.serial("a declined card is told in plain words, and another card buys the same cart", async (t) => {
  t.timeout(120_000);
  const { page, place } = await visit(t, WIDE);
  await putInCart(page, await slugInStock());
  await fillCheckout(page, emailOf("declined"), "0002");
  await place();
  await page.getByText("Your bank declined the card. Nothing was charged").waitFor();
  await page.getByText("Visa ending in 4242").click();
  await payable(page);
  await place();
  await reads(page, "Confirmed");
  t.pass();
});

test.serial("a customer signs in by cookie, brings the cart along and finds the order again", async (t) => {
  t.timeout(120_000);
  const { page, place, inspect } = await visit(t, WIDE);
  await putInCart(page, await slugInStock());
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "I am new here" }).click();
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("E-mail address").fill(emailOf("grace"));
  await page.getByRole("textbox", { name: "Password" }).fill(randomUUID());
  await inspect(t, "sign-in");
  await page.getByRole("button", { name: "Make an account" }).click();
  await page.getByText("You have not ordered anything yet.").waitFor();
  await fillCheckout(page, emailOf("grace"), "4242");
  await place();
  await reads(page, "Confirmed");
  await page.getByRole("link", { name: "My orders" }).click();
  await page.locator("a[href^='/orders/']", { hasText: "-" }).first().waitFor();
  await inspect(t, "my-orders");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  t.false((await page.context().cookies()).some(({ name, value }) => name === "shopmesh_session" && value !== ""));
});

test.serial("a customer saves a card with an order, pays the next one by it, and has it forgotten", async (t) => {
  t.timeout(120_000);
  await paysBySavedCard(t, await visit(t, NARROW), [await slugInStock(), await slugInStock()]);
});

test.serial("a customer saves a thing for later, takes it back and is told what has become of her cart", async (t) => {
  t.timeout(120_000);
  const { page, inspect } = await visit(t, NARROW);
  await putInCart(page, await slugInStock());
  await register(page, "Emmy Noether", emailOf("emmy"));
  await page.getByRole("link", { name: /^Cart/ }).click();
  await page.getByRole("button", { name: /^Save for later/ }).click();
  await page.getByRole("heading", { name: "Saved for later" }).waitFor();
  await inspect(t, "saved");
  await page.getByRole("button", { name: /^Move to cart/ }).click();
  await page.getByRole("button", { name: /^Save for later/ }).waitFor();
  await raisePrice(world(), await page.locator("li.panel a").first().getAttribute("href"));
  await page.reload();
  await page.getByText("Since you last looked").waitFor();
  await page.getByText(/costs .* now; it was/).waitFor();
  await inspect(t, "changed");
  await page.getByRole("button", { name: "I have seen it" }).click();
  await page.getByText("Since you last looked").waitFor({ state: "detached" });
  t.pass();
});

test.serial("a buyer sends one thing back and exchanges another, and sees both come to their end", async (t) => {
  t.timeout(180_000);
  await sendsBack(t, await visit(t, NARROW), { world: world(), slugs: [await slugInStock(), await slugInStock()] });
});

test.serial("a customer is told of her order on her own page, and proves the number that SMS go to", async (t) => {
  t.timeout(120_000);
  await isTold(t, await visit(t, NARROW), { world: world(), slug: await slugInStock() });
});

test.serial("two tabs with three live topics each hold one connection, and the shop stays quick", async (t) => {
  t.timeout(240_000);
  const { page, place } = await visit(t, WIDE);
  await liveInTwoTabs(t, page, place);
});

test.serial("without shared workers one tab works for all, and another takes over when it is closed", async (t) => {
  t.timeout(240_000);
  const { page, place } = await visit(t, NARROW);
  await page.context().addInitScript("delete window.SharedWorker");
  const other = await liveInTwoTabs(t, page, place);
  // The first tab was there before the other, so it leads.
  await page.close();
  await carries(world().mesh, { streams: 1, topics: 3 });
  await changeCartFromAfar(world(), other, 5);
  await cartReads(other, 5);
});

test.serial("a page whose shared worker does not come is live all the same", async (t) => {
  t.timeout(120_000);
  const { page } = await visit(t, NARROW);
  const gone = "constructor(_, options) { super('/assets/gone.js', options); }";
  await page.context().addInitScript(`window.SharedWorker = class extends SharedWorker { ${gone} }`);
  await putInCart(page, await slugInStock());
  await changeCartFromAfar(world(), page, 3);
  await cartReads(page, 3);
  t.pass();
});

test.serial(
  "the order's page moves on by itself over kills of the gateway and of the shop, without a gap or a repeat",
  async (t) => {
    t.timeout(240_000);
    const { mesh, shop, outside } = world();
    const { page, place } = await visit(t, WIDE);
    await putInCart(page, await slugInStock());
    await fillCheckout(page, emailOf("killed"), "3220");
    const answer = await place();
    await page.getByRole("button", { name: "Complete" }).waitFor();
    await page.goto(`/orders/${text(answer, "group", "id")}`);
    await reads(page, "Your bank asks");
    await page.evaluate("window.isSamePage = true");
    for (const service of ["gateway", "order"]) {
      const process = mesh.processOf(service);
      await mesh.kill(process);
      await mesh.restarted(process);
      await carries(mesh, { streams: 1, topics: 2 });
    }
    await outside.passCheck(text(answer, "actionUrl"));
    await reads(page, "Confirmed", RESTART_MS);
    t.true(await page.evaluate<boolean>("window.isSamePage === true"), "nobody reloaded it");
    await page.getByText("Being sent").waitFor();
    // Another reader, who was never cut off, is told the whole from the beginning.
    const placed = { groupId: text(answer, "group", "id"), token: text(answer, "accessToken") };
    const messages = await watchUntil(shop, placed, (group) =>
      orderStates(group).every((state) => state === "PROCESSING"),
    );
    const whole = messages.flatMap((message) =>
      list(message, "entries").map((entry) => Number(text(entry, "sequence"))),
    );
    await page.locator(`[data-sequence="${whole.at(-1)}"]`).waitFor();
    const told = await toldSequences(page);
    t.true(whole.length > 0);
    t.deepEqual(told.slice(0, whole.length), whole);
    t.is(new Set(told).size, told.length, "nothing is told twice");
  },
);

/** Buys, opens the order in two tabs with a cart beside it, and goes on shopping in both. */
async function liveInTwoTabs(t: ExecutionContext, page: Page, place: () => Promise<Json>): Promise<Page> {
  const { mesh } = world();
  await putInCart(page, await slugInStock());
  await fillCheckout(page, emailOf("tabs"), "4242");
  const order = `/orders/${text(await place(), "group", "id")}`;
  await page.locator("[data-parcel-state]").waitFor();
  const other = await page.context().newPage();
  const slug = await slugInStock();
  await putInCart(other, slug);
  await cartReads(page, 1);
  await other.goto(order);
  await other.locator("[data-parcel-state]").waitFor();
  t.deepEqual(await toldSequences(other), await toldSequences(page), "both tell the whole");
  // Each follows the order, its parcel and the cart; the two that are states are carried once for both.
  await carries(mesh, { streams: 1, topics: 4 });
  await changeCartFromAfar(world(), other, 3);
  await Promise.all([cartReads(page, 3), cartReads(other, 3)]);
  await Promise.all([page, other].map((tab) => tab.getByRole("link", { name: /home$/ }).click()));
  await Promise.all([page, other].map((tab) => tab.locator(".product").first().waitFor()));
  await putInCart(page, slug);
  await cartReads(other, 4);
  await Promise.all([page.goto(order), other.goto(order)]);
  await Promise.all([page, other].map((tab) => tab.locator("[data-parcel-state]").waitFor()));
  await carries(mesh, { streams: 1, topics: 4 });
  return other;
}

/** Resolves when the badge of the cart says so many things. */
async function cartReads(tab: Page, count: number): Promise<void> {
  await tab.locator(".cart-count", { hasText: String(count) }).waitFor();
}

function open(): BrowserShop {
  if (opened === undefined) throw new Error("the shop is not there");
  return opened;
}

function world(): World {
  return open().world;
}

function visit(t: ExecutionContext, width: number) {
  return open().visit(t, width);
}

function slugInStock(): Promise<string> {
  return open().slugInStock();
}
