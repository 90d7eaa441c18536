import type { ExecutionContext } from "ava";
import { emailOf } from "../stories/world.ts";
import type { Visitor } from "./chromium.ts";
import { fillCheckout, putInCart, reads, register } from "./steps.ts";

/** A customer saves a card with her first order, pays the second by it, and has it forgotten. */
export async function paysBySavedCard(
  t: ExecutionContext,
  { page, place, inspect }: Visitor,
  [first = "", second = ""]: readonly string[],
): Promise<void> {
  await putInCart(page, first);
  await register(page, "Ada Lovelace", emailOf("saver"));
  await fillCheckout(page, emailOf("saver"), "4242");
  await page.getByLabel("Save this card for my next orders").check();
  await place();
  await reads(page, "Confirmed");
  await putInCart(page, second);
  await fillCheckout(page, emailOf("saver"), "0002");
  await page.getByText("Your Visa ending in 4242").click();
  await inspect(t, "saved-card");
  await place();
  await reads(page, "Confirmed");
  await page.getByRole("link", { name: "My orders" }).click();
  await page.getByRole("link", { name: "My cards" }).click();
  await page.getByRole("button", { name: "Forget Visa ending in 4242" }).click();
  await page.getByText("No card is saved.").waitFor();
  await inspect(t, "my-cards");
  t.pass();
}
