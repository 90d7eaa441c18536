import { randomInt } from "node:crypto";
import type { ExecutionContext } from "ava";
import { text } from "../shop.ts";
import { emailOf, type World } from "../stories/world.ts";
import type { Visitor } from "./chromium.ts";
import { fillCheckout, putInCart, reads, register } from "./steps.ts";

const WISHES = ["Orders and payments: SMS", "Parcels on their way: SMS"];
/** Clicks both, and tells whether they are checked before the browser does anything else, and stay so while the shop is told. */
const CLICK_AND_LOOK = `(async () => {
  const boxes = ${JSON.stringify(WISHES)}.map((name) => document.querySelector('[aria-label="' + name + '"]'));
  for (const box of boxes) box.click();
  for (let turn = 0; turn < 100; turn++) await undefined;
  const looks = [boxes.map(({ checked }) => checked)];
  for (const until = Date.now() + 1_000; Date.now() < until; looks.push(boxes.map(({ checked }) => checked)))
    await new Promise((resolve) => setTimeout(resolve));
  return looks.flat().every(Boolean);
})()`;

/** A customer is told of her order on her own page as it happens, opens it from there, and asks for SMS to a number that she proves. */
export async function isTold(
  t: ExecutionContext,
  { page, place, inspect }: Visitor,
  { world: { outside }, slug }: { readonly world: World; readonly slug: string },
): Promise<void> {
  await putInCart(page, slug);
  await register(page, "Mary Somerville", emailOf("told"));
  await fillCheckout(page, emailOf("told"), "4242");
  await place();
  await reads(page, "Confirmed");
  await page.getByRole("link", { name: "My orders" }).click();
  await page.getByRole("link", { name: "My messages" }).click();
  const message = page.locator('li[data-read="false"]', { hasText: "is confirmed" });
  await message.waitFor();
  await inspect(t, "my-messages");
  await message.getByRole("link").click();
  await reads(page, "Confirmed");
  await page.goBack();
  await page.locator('li[data-read="true"]', { hasText: "is confirmed" }).waitFor();
  await page.getByRole("link", { name: "What we tell you" }).click();
  const number = `+49151${randomInt(10_000_000, 99_999_999)}`;
  await page.getByLabel("Mobile number").fill(number);
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: "Send me a code" }).click();
  const [code = ""] = /\d{6}/.exec(text(await outside.sms(number, "code"), "body")) ?? [];
  await page.getByLabel("The code from the SMS").fill(code);
  await page.getByRole("button", { name: "It is mine" }).click();
  await page.getByText(`${number}, proved to be yours`).waitFor();
  const wishes = WISHES.map((name) => page.getByLabel(name));
  for (const wish of wishes) await wish.and(page.locator(":enabled")).waitFor();
  t.true(await page.evaluate<boolean>(CLICK_AND_LOOK), "choices are shown at once, without a blink");
  await inspect(t, "my-notifications");
  await page.reload();
  for (const wish of wishes) {
    await wish.waitFor();
    t.true(await wish.isChecked());
  }
}
