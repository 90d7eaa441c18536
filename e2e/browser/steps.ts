import { randomUUID } from "node:crypto";
import type { Page } from "playwright-core";

/** Puts a product's first variant into the cart. */
export async function putInCart(page: Page, slug: string): Promise<void> {
  await page.goto(`/products/${slug}`);
  await addToCart(page);
}

/** The same from the product's own page. */
export async function addToCart(page: Page): Promise<void> {
  await page.getByText(/^(In stock|Only \d+ left)$/).waitFor();
  await page.getByRole("button", { name: "Add to cart" }).click();
  await page.getByText("In your cart").waitFor();
}

/** Enters a coupon in the cart; resolves when it counts. */
export async function enterCoupon(page: Page, code: string): Promise<void> {
  await page.getByLabel("Coupon").fill(code);
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("button", { name: "Take off" }).waitFor();
}

/** Goes from the cart to the checkout and fills it in; resolves when the price is there. */
export async function fillCheckout(page: Page, email: string, card: string): Promise<void> {
  await page.getByRole("link", { name: /^Cart/ }).click();
  await page.getByRole("link", { name: "Checkout" }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Name", { exact: false }).first().fill("Ada Lovelace");
  await page.getByLabel("Street and number").fill("Torstraße 1");
  await page.getByLabel("Postal code").fill("10119");
  await page.getByLabel("Town").fill("Berlin");
  await page.getByText(`Visa ending in ${card}`).click();
  await payable(page);
}

/** Makes an account from the page's own link; resolves when its orders are shown, of which there are none. */
export async function register(page: Page, name: string, email: string): Promise<void> {
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "I am new here" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(randomUUID());
  await page.getByRole("button", { name: "Make an account" }).click();
  await page.getByText("You have not ordered anything yet.").waitFor();
}

/** Resolves when the price on the button is one that can be paid. */
export async function payable(page: Page): Promise<void> {
  await page.locator("button:enabled", { hasText: /^Pay / }).waitFor();
}

/** Resolves when the order's page says that the checkout is in that state. Throws what the page says instead. */
export async function reads(page: Page, word: string, timeout = 30_000): Promise<void> {
  try {
    await page.getByRole("heading", { level: 1, name: word, exact: true }).waitFor({ timeout });
  } catch (cause) {
    throw new Error(`${page.url()} does not say "${word}" but: ${await page.locator("main").innerText()}`, { cause });
  }
}

/** The places of what the order's page tells, oldest first. */
export async function toldSequences(page: Page): Promise<readonly number[]> {
  const told = await page
    .locator("[data-sequence]")
    .evaluateAll((items) => items.map((item) => Number(item.getAttribute("data-sequence"))));
  return told.toReversed();
}
