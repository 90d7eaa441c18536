import { setTimeout as delay } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { cards, fillCart, type Guest, place, quote, watchUntil } from "../order.ts";
import { available } from "../shelf.ts";
import { type Json, list, Refusal, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const REACHES_ALL_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 20;
const AUTHORIZE = "shop.payment.v1.PaymentService/AuthorizePayment";

/** Shipping cannot be reached: the quote says so, and is there once the fault is lifted. */
export async function carrierAway(t: ExecutionContext, world: World): Promise<void> {
  const guest = await fillCart(world.shop, world.shelf.take(1));
  await setFault(world, { service: "shipping", name: "away", unreachable: {}, ttl: "60s" });
  const refusal = await refusedQuote(world, guest);
  t.like(refusal, { code: "unavailable", reason: "RATES_UNAVAILABLE" });
  const listed = await world.shop.call("shop.mesh.v1.FaultService/ListFaults", { service: "shipping" }, world.admin);
  t.deepEqual(
    list(listed, "faults").map((fault) => text(fault, "name")),
    ["away"],
  );
  await clearFaults(world, "shipping");
  const quoted = await eventually(() => quote(world.shop, guest, emailOf("patient")));
  t.truthy(text(quoted, "id"));
}

/** Payment is slow, then does its work and loses its answer: the card is charged once and the order confirmed. */
export async function answerLostWithin(t: ExecutionContext, world: World): Promise<void> {
  const { shop, shelf, outside } = world;
  const [sku = ""] = shelf.take(1);
  const before = await available(shop, sku);
  const guest = await fillCart(shop, [sku]);
  const quoteId = text(await quote(shop, guest, emailOf("lost-within")), "id");
  await setFault(world, { service: "payment", name: "slow", method: AUTHORIZE, latency: { least: "0.3s" }, count: 1 });
  const lost = { code: "STATUS_CODE_UNAVAILABLE", afterEffect: true };
  await setFault(world, { service: "payment", name: "lost", method: AUTHORIZE, error: lost, count: 1 });
  const placed = await place(shop, guest, quoteId, cards.good);
  await watchUntil(shop, placed, (group) => text(group, "state") === "CHECKOUT_STATE_CONFIRMED");
  t.is(await outside.authorizations(placed.groupId), 1);
  t.is(await available(shop, sku), before - 1);
  const left = await shop.call("shop.mesh.v1.FaultService/ListFaults", { service: "payment" }, world.admin);
  t.deepEqual(list(left, "faults"), [], "both have struck");
}

/** Nobody but an administrator breaks anything, and nothing that is not there. */
export async function faultsRefused(t: ExecutionContext, { shop, admin }: World): Promise<void> {
  const request = { service: "payment", name: "x", unreachable: {} };
  const set = (fields: Json, token?: string) =>
    t.throwsAsync(shop.call("shop.mesh.v1.FaultService/SetFault", { ...request, ...fields }, token), {
      instanceOf: Refusal,
    });
  t.is((await set({}))?.code, "unauthenticated");
  t.like(await set({ method: "shop.payment.v1.PaymentService/Steal" }, admin), {
    code: "invalid_argument",
    reason: "METHOD_UNKNOWN",
  });
  t.is((await set({ service: "nobody" }, admin))?.reason, "SERVICE_UNKNOWN");
}

async function setFault({ shop, admin }: World, fault: Json): Promise<void> {
  await shop.call("shop.mesh.v1.FaultService/SetFault", fault, admin);
}

async function clearFaults({ shop, admin }: World, service: string): Promise<void> {
  await shop.call("shop.mesh.v1.FaultService/ClearFaults", { service }, admin);
}

/** The refusal of a quote, asked for until the process that asks has heard of the fault. */
async function refusedQuote({ shop }: World, guest: Guest): Promise<Refusal> {
  const limit = Date.now() + REACHES_ALL_WITHIN_MS;
  while (Date.now() < limit) {
    try {
      await quote(shop, guest, emailOf("hasty"));
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    await delay(LOOK_AGAIN_MS);
  }
  throw new Error("the fault strikes nobody");
}

async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  const limit = Date.now() + REACHES_ALL_WITHIN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refusal) || Date.now() > limit) throw error;
      await delay(LOOK_AGAIN_MS);
    }
  }
}
