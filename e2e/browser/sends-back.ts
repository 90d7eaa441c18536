import type { ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { orderStates, watchUntil } from "../order.ts";
import { type Json, list, object, text } from "../shop.ts";
import { emailOf, type World } from "../stories/world.ts";
import type { Visitor } from "./chromium.ts";
import { fillCheckout, putInCart, reads } from "./steps.ts";

const PARCEL_TRAVEL_S = 60 * 3_600;
const DESKTOP = { width: 1280, height: 860 };
const ORDER_ADMIN = "shop.order.v1.OrderAdminService";

type Placed = { readonly groupId: string; readonly token: string };

/** A buyer sends one thing back and exchanges another, and sees both on their way on the order's page, without a reload. */
export async function sendsBack(
  t: ExecutionContext,
  { page, place, inspect }: Visitor,
  { world, slugs }: { readonly world: World; readonly slugs: readonly string[] },
): Promise<void> {
  for (const slug of slugs) await putInCart(page, slug);
  await fillCheckout(page, emailOf("sends-back"), "4242");
  const answer = await place();
  await reads(page, "Confirmed");
  const placed = { groupId: text(answer, "group", "id"), token: text(answer, "accessToken") };
  await bring(world, placed);
  const asking = page.getByRole("button", { name: /^Send back / });
  await asking.nth(1).waitFor();
  await inspect(t, "delivered");
  const [returned = "", exchanged = ""] = await asking.allTextContents();
  await page.getByRole("button", { name: returned, exact: true }).click();
  await page.getByLabel("Why").selectOption({ index: 1 });
  await inspect(t, "send-back");
  await page.getByRole("button", { name: "Send it back for the money" }).click();
  await page.getByRole("button", { name: exchanged, exact: true }).click();
  await page.getByRole("button", { name: "Exchange it for the same" }).click();
  await asking.first().waitFor({ state: "detached" });
  await inspect(t, "sent-back");
  const wishes = await approve(world, placed);
  t.is(wishes.length, 2);
  await page.getByRole("link", { name: "Print the label" }).nth(1).waitFor();
  await inspect(t, "labelled-back");
  await advance(world);
  for (const wish of wishes) await takeBack(world, wish);
  await page.locator("[data-return-state='9']").waitFor();
  await page.locator("[data-return-state='10']").waitFor();
  await page.getByText("was given back").first().waitFor();
  await inspect(t, "came-back");
  await page.setViewportSize(DESKTOP);
  await inspect(t, "came-back");
  await openReplacement(page);
  t.pass();
}

/** What replaces the goods is an order of its own, which its buyer may open. */
async function openReplacement(page: Page): Promise<void> {
  await page.locator("[data-return-state='10'] a[href^='/orders/']").click();
  await reads(page, "Confirmed");
}

async function bring(world: World, placed: Placed): Promise<void> {
  const { shop } = world;
  await watchUntil(shop, placed, (group) => list(group, "orders").every((order) => list(order, "parcels").length > 0));
  const isThere = (group: Json) => orderStates(group).every((state) => state === "COMPLETED");
  await Promise.all([watchUntil(shop, placed, isThere, 60_000), advance(world)]);
}

/** The shop says yes to each wish, whose label is then there. */
async function approve({ shop, admin }: World, placed: Placed): Promise<readonly Json[]> {
  const returnsOf = (group: Json) => list(group, "orders").flatMap((order) => list(order, "returns"));
  const [first = {}] = (await watchUntil(shop, placed, (group) => returnsOf(group).length > 0)).toReversed();
  const wishes = returnsOf(object(first, "group"));
  for (const wish of wishes) {
    const returnId = text(wish, "id");
    await shop.call(`${ORDER_ADMIN}/ApproveReturn`, { requestId: `approve-${returnId}`, returnId }, admin);
  }
  return wishes;
}

/** Its goods arrive and are as good as new. */
async function takeBack({ shop, admin }: World, wish: Json): Promise<void> {
  const returnId = text(wish, "id");
  const step = (method: string, of: (line: Json) => Json) => {
    const lines = list(wish, "lines").map((line) => ({ lineId: text(line, "lineId"), ...of(line) }));
    return shop.call(`${ORDER_ADMIN}/${method}`, { requestId: `${method}-${returnId}`, returnId, lines }, admin);
  };
  await step("ReceiveReturn", (line) => ({ quantity: Number(text(line, "quantity")) }));
  await step("InspectReturn", (line) => ({ resellableQuantity: Number(text(line, "quantity")) }));
}

async function advance({ shop, admin }: World): Promise<void> {
  await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${PARCEL_TRAVEL_S}s` }, admin);
}
