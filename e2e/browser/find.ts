import type { Page } from "playwright-core";
import { reads } from "./steps.ts";

/** A stranger's browser finds the order by its number and the e-mail address. */
export async function findByNumber(page: Page, number: string, email: string): Promise<void> {
  await page.goto("/orders/find");
  await page.getByLabel("Order number").fill(number);
  await prove(page, email);
}

/** Another one by the link in the mail and the address alone; from then on the link opens it by itself. */
export async function findByMail(page: Page, mail: string, email: string): Promise<void> {
  const [link = ""] = /\/orders\/\S+/.exec(mail) ?? [];
  await page.goto(link);
  await prove(page, email);
  await page.goto(link);
  await reads(page, "Confirmed");
}

async function prove(page: Page, email: string): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("button", { name: "Find it" }).click();
  await reads(page, "Confirmed");
}
