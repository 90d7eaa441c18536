import { openDispute } from "./disputes.ts";
import { fieldAt } from "./fields.ts";
import { honorMs, type Made } from "./orders.ts";
import type { Authorization, Capture, Order } from "./orders-store.ts";
import { findPayer } from "./payers.ts";
import { notFound, refused } from "./refusal.ts";
import { dueOf } from "./due.ts";
import { minorOf } from "./units.ts";
import { book, listTransaction, newPayPalId, type PayPalCall, type PayPalWorld, tell } from "./world.ts";

/** Takes some or all of what is promised; `final_capture` lets go of the rest. */
export function captureAuthorization(world: PayPalWorld, call: PayPalCall): Made {
  const { order, authorization } = findAuthorization(world, call);
  refuseEnded(order, authorization);
  const left = leftOf(order);
  const given = fieldAt(call.body, "amount") as Parameters<typeof minorOf>[0];
  const { currency, amount } = given === undefined ? { currency: order.currency, amount: left } : minorOf(given);
  if (currency !== order.currency)
    throw refused("CURRENCY_MISMATCH", "The currency of capture must be the same as authorization.");
  if (amount > left) throw refused("MAX_CAPTURE_AMOUNT_EXCEEDED", "Capture amount exceeds allowable limit.");
  const payer = findPayer(order.payer ?? "");
  const nowMs = world.clock.now();
  const capture: Capture = {
    id: newPayPalId(),
    authorizationId: authorization.id,
    status: payer.capture ?? "COMPLETED",
    amount,
    isFinal: call.body["final_capture"] === true,
    createMs: nowMs,
  };
  const taken: Order = { ...order, updateMs: nowMs, captures: [...order.captures, capture] };
  if (capture.status !== "COMPLETED") {
    const saved = world.orders.save(taken, dueOf(taken));
    tell(world, `PAYMENT.CAPTURE.${capture.status === "PENDING" ? "PENDING" : "DENIED"}`, saved, capture.id);
    return { order: saved, id: capture.id };
  }
  const saved = settleCapture(world, call, taken, capture);
  if (payer.isDisputing && statusOf(saved) === "CAPTURED") openDispute(world, saved, capture);
  return { order: saved, id: capture.id };
}

/** Books a capture that is through: the rest of the promise is let go where it was the last. */
export function settleCapture(world: PayPalWorld, call: PayPalCall, order: Order, capture: Capture): Order {
  const captures = order.captures.map((part) =>
    part.id === capture.id ? { ...part, status: "COMPLETED" as const } : part,
  );
  const settled = withStatus({ ...order, captures });
  const saved = world.orders.save(settled, dueOf(settled));
  book(world, call, { operation: "capture", order, amount: capture.amount, captureId: capture.id });
  listTransaction(world, { id: capture.id, code: "T0006", order, amount: capture.amount });
  const left = leftOf(settled);
  if (capture.isFinal && left > 0) book(world, call, { operation: "void", order, amount: left });
  tell(world, "PAYMENT.CAPTURE.COMPLETED", saved, capture.id);
  return saved;
}

/** Promises the money anew, once it is no more sure to be there. */
export function reauthorize(world: PayPalWorld, call: PayPalCall): Made {
  const { order, authorization } = findAuthorization(world, call);
  refuseEnded(order, authorization);
  const nowMs = world.clock.now();
  if (nowMs < authorization.honorMs) {
    throw refused("REAUTHORIZATION_TOO_SOON", "Reauthorization is not allowed within the honor period.");
  }
  if (order.captures.length > 0) {
    throw refused("AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured.");
  }
  if (findPayer(order.payer ?? "").isRenewalRefused)
    throw refused("PAYER_CANNOT_PAY", "Payer cannot pay for this transaction.");
  const renewed: Authorization = {
    ...authorization,
    id: newPayPalId(),
    parentId: authorization.id,
    createMs: nowMs,
    honorMs: nowMs + honorMs,
  };
  const after: Order = { ...order, updateMs: nowMs, authorizations: [...order.authorizations, renewed] };
  const saved = world.orders.save(after, dueOf(after));
  tell(world, "PAYMENT.AUTHORIZATION.CREATED", saved, renewed.id);
  return { order: saved, id: renewed.id };
}

/** Gives up what is promised and not taken, by the first authorisation's name. */
export function voidAuthorization(world: PayPalWorld, call: PayPalCall): Made {
  const { order, authorization } = findAuthorization(world, call);
  if (authorization.parentId !== null) {
    throw refused(
      "CANNOT_BE_VOIDED",
      "A reauthorization cannot be voided. Please void the original parent authorization.",
    );
  }
  if (authorization.status === "VOIDED")
    throw refused("PREVIOUSLY_VOIDED", "Authorization has been previously voided.");
  if (authorization.status === "CAPTURED")
    throw refused("PREVIOUSLY_CAPTURED", "Authorization has been previously captured.");
  if (authorization.status === "DENIED")
    throw refused("AUTHORIZATION_DENIED", "A denied authorization cannot be voided.");
  return { order: letGo(world, call, order, "void"), id: authorization.id };
}

/** The order with what was promised and not taken let go. */
export function letGo(world: PayPalWorld, call: PayPalCall, order: Order, operation: "void" | "expire"): Order {
  const authorizations = order.authorizations.map((part) => ({ ...part, status: "VOIDED" as const }));
  const gone: Order = { ...order, updateMs: world.clock.now(), authorizations };
  const saved = world.orders.save(gone, null);
  book(world, call, { operation, order, amount: leftOf(order) });
  for (const { id } of authorizations) tell(world, "PAYMENT.AUTHORIZATION.VOIDED", saved, id);
  return saved;
}

/** What is promised and not taken. */
function leftOf({ amount, captures }: Order): number {
  return captures.reduce((left, capture) => (capture.status === "DECLINED" ? left : left - capture.amount), amount);
}

function withStatus(order: Order): Order {
  const status = statusOf(order);
  return { ...order, authorizations: order.authorizations.map((part) => ({ ...part, status })) };
}

function statusOf(order: Order): Authorization["status"] {
  const isLast = order.captures.some(({ isFinal, status }) => isFinal && status === "COMPLETED");
  return isLast || leftOf(order) === 0 ? "CAPTURED" : "PARTIALLY_CAPTURED";
}

function findAuthorization(world: PayPalWorld, { params }: PayPalCall) {
  const order = world.orders.having(params["id"] ?? "");
  const authorization = order.authorizations.find(({ id }) => id === params["id"]);
  if (authorization === undefined) throw notFound();
  return { order, authorization };
}

function refuseEnded(order: Order, { id, status }: Authorization): void {
  if (status === "VOIDED")
    throw refused("AUTHORIZATION_VOIDED", "A voided authorization cannot be captured or reauthorized.");
  if (status === "DENIED") throw refused("AUTHORIZATION_DENIED", "A denied authorization cannot be captured.");
  if (status === "PENDING") throw refused("PENDING_AUTHORIZATION", "Authorization is pending.");
  if (status === "CAPTURED")
    throw refused("AUTHORIZATION_ALREADY_CAPTURED", "Authorization has already been captured.");
  const isReplaced = order.authorizations.at(-1)?.id !== id;
  if (isReplaced) throw refused("AUTHORIZATION_ALREADY_REAUTHORIZED", "A newer authorization stands in its place.");
}
