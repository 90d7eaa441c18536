import test from "ava";
import type Stripe from "stripe";
import { getJson, startWorld, type World } from "../world.ts";

const returnUrl = "http://shop.test/checkout/return?cart=7";

async function askForMoney(world: World, token: string): Promise<Stripe.PaymentIntent> {
  return await world.stripe.paymentIntents.create({
    amount: 2500,
    currency: "eur",
    confirm: true,
    capture_method: "manual",
    payment_method: token,
    return_url: returnUrl,
  });
}

async function press(world: World, intent: Stripe.PaymentIntent, button: "complete" | "fail"): Promise<URL> {
  const response = await fetch(`${world.url}/stripe/3ds/${intent.id}/${button}`, {
    method: "POST",
    redirect: "manual",
  });
  return new URL(response.headers.get("location") ?? "about:blank");
}

test("a card that wants 3-D Secure waits until its payer has completed it", async (t) => {
  const world = await startWorld(t);
  const intent = await askForMoney(world, "pm_card_threeDSecure2Required");
  t.like(intent, {
    status: "requires_action",
    next_action: { type: "redirect_to_url", redirect_to_url: { return_url: returnUrl } },
  });
  t.deepEqual((await getJson<{ entries: unknown[] }>(`${world.url}/sandbox/ledger`)).entries, []);
  const shown = await (await fetch(intent.next_action?.redirect_to_url?.url ?? "")).text();
  t.regex(shown, /Complete<\/button>/);
  t.regex(shown, /Fail<\/button>/);

  const back = await press(world, intent, "complete");
  t.is(`${back.origin}${back.pathname}`, "http://shop.test/checkout/return");
  t.is(back.searchParams.get("cart"), "7");
  t.is(back.searchParams.get("payment_intent"), intent.id);
  t.is(back.searchParams.get("redirect_status"), "succeeded");
  t.like(await world.stripe.paymentIntents.retrieve(intent.id), {
    status: "requires_capture",
    amount_capturable: 2500,
    next_action: null,
  });
});

test("a payer is sent to the sandbox's public address, where it has another", async (t) => {
  const world = await startWorld(t, { publicUrl: "http://pay.example:9080/" });
  const intent = await askForMoney(world, "pm_card_threeDSecure2Required");
  t.is(intent.next_action?.redirect_to_url?.url, `http://pay.example:9080/stripe/3ds/${intent.id}`);
});

test("a payer who presses Complete twice is charged once", async (t) => {
  const world = await startWorld(t);
  const intent = await askForMoney(world, "pm_card_authenticationRequired");
  await press(world, intent, "complete");
  const back = await press(world, intent, "complete");
  t.is(back.searchParams.get("redirect_status"), "succeeded");
  t.is((await getJson<{ entries: unknown[] }>(`${world.url}/sandbox/ledger`)).entries.length, 1);
});

test("a payer who fails 3-D Secure is not charged", async (t) => {
  const world = await startWorld(t);
  const intent = await askForMoney(world, "pm_card_threeDSecure2Required");
  const back = await press(world, intent, "fail");
  t.is(back.searchParams.get("redirect_status"), "failed");
  t.like(await world.stripe.paymentIntents.retrieve(intent.id), {
    status: "requires_payment_method",
    last_payment_error: { code: "payment_intent_authentication_failure" },
  });
});

test("a card may be declined after its payer has completed 3-D Secure", async (t) => {
  const world = await startWorld(t);
  const intent = await askForMoney(world, "pm_card_threeDSecureRequiredChargeDeclined");
  const back = await press(world, intent, "complete");
  t.is(back.searchParams.get("redirect_status"), "failed");
  t.like(await world.stripe.paymentIntents.retrieve(intent.id), {
    status: "requires_payment_method",
    last_payment_error: { code: "card_declined" },
  });
});

test("a payment that was cancelled while it waited for its payer stays cancelled", async (t) => {
  const world = await startWorld(t);
  const intent = await askForMoney(world, "pm_card_threeDSecure2Required");
  await world.stripe.paymentIntents.cancel(intent.id);
  const back = await press(world, intent, "complete");
  t.is(back.searchParams.get("redirect_status"), "failed");
  t.is((await world.stripe.paymentIntents.retrieve(intent.id)).status, "canceled");
});

test("without its payer at hand the card is declined instead", async (t) => {
  const world = await startWorld(t);
  const asking = world.stripe.paymentIntents.create({
    amount: 2500,
    currency: "eur",
    confirm: true,
    off_session: true,
    allowed_payment_method_types: ["card"],
    payment_method: "pm_card_authenticationRequired",
  });
  await t.throwsAsync(asking, { code: "authentication_required" });
});
