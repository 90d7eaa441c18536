import { fieldAt, textAt } from "./fields.ts";
import type { Authorization, Order } from "./orders-store.ts";
import { findPayer, type Payer } from "./payers.ts";
import { PayPalRefusal, refused } from "./refusal.ts";
import { dueOf } from "./due.ts";
import { minorOf } from "./units.ts";
import { book, listTransaction, newPayPalId, type PayPalCall, type PayPalWorld, tell } from "./world.ts";

/** For how long the money of an authorisation is sure to be there. */
export const honorMs = 3 * 24 * 3_600_000;

/** What was made or changed: the order, or the part of it that is called so. */
export type Made = { readonly order: Order; readonly id: string };

/** Makes an order that a payer is to approve. */
export function createOrder(world: PayPalWorld, { body }: PayPalCall): Made {
  const unit = fieldAt(body, "purchase_units", 0);
  const context = fieldAt(body, "payment_source", "paypal", "experience_context");
  const [returnUrl, cancelUrl] = [textAt(context, "return_url"), textAt(context, "cancel_url")];
  if (body["intent"] !== "AUTHORIZE" || unit === undefined || !URL.canParse(returnUrl) || !URL.canParse(cancelUrl)) {
    throw new PayPalRefusal(
      400,
      "INVALID_REQUEST",
      "MISSING_REQUIRED_PARAMETER",
      "The sandbox wants intent AUTHORIZE, a purchase unit, and payment_source.paypal.experience_context with both URLs.",
    );
  }
  const { currency, amount } = minorOf(fieldAt(unit, "amount") as Parameters<typeof minorOf>[0]);
  const nowMs = world.clock.now();
  const order: Order = {
    id: newPayPalId(),
    status: "PAYER_ACTION_REQUIRED",
    customId: textAt(unit, "custom_id"),
    description: textAt(unit, "description"),
    currency,
    amount,
    returnUrl,
    cancelUrl,
    payer: null,
    createMs: nowMs,
    updateMs: nowMs,
    authorizations: [],
    captures: [],
    refunds: [],
  };
  return { order: world.orders.save(order, null), id: order.id };
}

/** The payer agrees, as the account of this address. */
export function approveOrder(world: PayPalWorld, id: string, email: string | undefined): Order {
  const order = world.orders.get(id);
  if (order.status === "COMPLETED") return order;
  const approved = world.orders.save(
    { ...order, status: "APPROVED", payer: findPayer(email).email, updateMs: world.clock.now() },
    null,
  );
  tell(world, "CHECKOUT.ORDER.APPROVED", approved);
  return approved;
}

/** Promises what the payer has approved. */
export function authorizeOrder(world: PayPalWorld, call: PayPalCall): Made {
  const order = world.orders.get(call.params["id"] ?? "");
  if (order.status === "COMPLETED") throw refused("ORDER_ALREADY_AUTHORIZED", "Order already authorized.");
  if (order.status !== "APPROVED" || order.payer === null)
    throw refused("ORDER_NOT_APPROVED", "Payer has not yet approved the Order for payment.");
  const payer = findPayer(order.payer);
  if (payer.refusal) {
    // The refusal undoes what its request did: that there was one is written down after it.
    const decline = () => book(world, call, { operation: "decline", order, amount: order.amount });
    throw refused(payer.refusal.issue, payer.refusal.description, decline);
  }
  const nowMs = world.clock.now();
  const authorization = newAuthorization(order, payer, nowMs);
  const made: Order = { ...order, status: "COMPLETED", updateMs: nowMs, authorizations: [authorization] };
  const isDenied = authorization.status === "DENIED";
  const saved = world.orders.save(made, dueOf(made));
  book(world, call, { operation: isDenied ? "decline" : "authorize", order, amount: order.amount });
  if (authorization.status === "CREATED") {
    const { amount } = order;
    listTransaction(world, { id: authorization.id, code: "T1300", order, amount });
    tell(world, "PAYMENT.AUTHORIZATION.CREATED", saved, authorization.id);
  }
  return { order: saved, id: order.id };
}

function newAuthorization(order: Order, payer: Payer, nowMs: number): Authorization {
  return {
    id: newPayPalId(),
    parentId: null,
    status: payer.authorization ?? "CREATED",
    amount: order.amount,
    createMs: nowMs,
    honorMs: nowMs + honorMs,
  };
}
