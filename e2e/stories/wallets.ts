import type { ExecutionContext } from "ava";
import { fillCart, orderStates, quote, watchUntil } from "../order.ts";
import { list, object, text } from "../shop.ts";
import { emailOf, type World } from "./world.ts";

const GIFT_MINOR_UNITS = 500;
const PAYMENTS = "shop.payment.v1.PaymentService";

/** A gift card pays a part, PayPal the rest: the payer agrees there, the order goes on by itself; called off, both have theirs back. */
export async function giftCardAndPayPal(t: ExecutionContext, world: World): Promise<void> {
  const { shop, outside, shelf, admin } = world;
  const amount = { currencyCode: "EUR", minorUnits: String(GIFT_MINOR_UNITS) };
  const issue = { requestId: `gift-${process.pid}`, amount, reason: "GOODWILL" };
  const code = text(await shop.call("shop.payment.v1.PaymentAdminService/IssueGiftCard", issue, admin), "code");
  const onCard = async () =>
    Number(text(await shop.call(`${PAYMENTS}/GetGiftCardBalance`, { code }), "available", "minorUnits") || "0");
  const guest = await fillCart(shop, shelf.take(1));
  const quoted = await quote(shop, guest, emailOf("wallet"));
  const quoteId = text(quoted, "id");
  const options = await shop.call("shop.order.v1.CheckoutService/ListPaymentOptions", { quoteId }, guest.token);
  t.true(list(options, "options").some((option) => text(option, "means") === "PAYMENT_MEANS_PAYPAL"));
  const answer = await shop.call(
    "shop.order.v1.CheckoutService/PlaceOrder",
    { requestId: `place-${quoteId}`, quoteId, tenders: [{ giftCard: { code }, amount }, { paypal: {} }] },
    guest.token,
  );
  t.is(text(answer, "state"), "CHECKOUT_STATE_REQUIRES_ACTION");
  t.is(await onCard(), 0, "the gift card is held");
  const group = object(answer, "group");
  const placed = { groupId: text(group, "id"), token: text(answer, "accessToken") };
  const paymentId = text(group, "paymentId");
  const confirmed = watchUntil(shop, placed, (seen) => text(seen, "state") === "CHECKOUT_STATE_CONFIRMED");
  await outside.agreeAtPayPal(text(answer, "actionUrl"));
  await shop.call(`${PAYMENTS}/CompletePaymentAction`, { paymentId });
  await confirmed;
  const total = Number(text(group, "totals", "total", "minorUnits"));
  t.like(await outside.moneyOf(paymentId), { held: total - GIFT_MINOR_UNITS, captured: 0 });
  for (const order of list(group, "orders")) {
    const orderId = text(order, "id");
    const cancel = { requestId: `cancel-${orderId}`, orderId, reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
    await shop.call("shop.order.v1.OrderService/CancelOrder", cancel, placed.token);
  }
  await watchUntil(shop, placed, (seen) => orderStates(seen).every((state) => state === "CANCELLED"));
  t.is(await onCard(), GIFT_MINOR_UNITS, "the gift card is let go");
  t.deepEqual(await outside.moneyOf(paymentId), { net: 0, held: 0, captured: 0 });
}
