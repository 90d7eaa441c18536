import { LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason, SagaPhase } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import test, { type ExecutionContext } from "ava";
import { card, cartAnswer, type Deed, startShop } from "./shop.ts";

test("a cart that another group has closed keeps no checkout from its end", async (t) => {
  const { checkout, quoteId, orders } = await startShop(t, {
    closeCart: () => {
      throw new DomainError("precondition", "CART_CHECKED_OUT");
    },
  });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const phase = async () => {
    const { sagas } = await orders().explainOrder({ orderId: placed.group?.orders[0]?.id ?? "" });
    return sagas.find(({ name }) => name === "checkout")?.phase;
  };
  let reached = await phase();
  while (reached === SagaPhase.FORWARD) reached = await phase();
  t.is(reached, SagaPhase.DONE);
});

test("a quote of a cart that has become an order in another version is refused", async (t) => {
  const { checkout, quoteId, requote } = await startShop(t);
  const laterId = await requote(4n);
  await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const error = await t.throwsAsync(checkout.placeOrder({ requestId: "r2", quoteId: laterId, tenders: card() }), {
    instanceOf: DomainError,
  });
  t.is(error?.reason, "CART_CHECKED_OUT");
});

test("what was left in a cart by its order group is another order, once it was quoted without what that bought", async (t) => {
  const { checkout, quoteId, requote } = await startShop(t);
  const first = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const restId = await requote(5n, first.group?.id);
  const rest = await checkout.placeOrder({ requestId: "r2", quoteId: restId, tenders: card() });
  t.is(rest.state, CheckoutState.CONFIRMED);
  t.not(rest.group?.id, first.group?.id);
  t.is((await checkout.placeOrder({ requestId: "r3", quoteId: restId, tenders: card() })).group?.id, rest.group?.id);
});

test("a quote never holds what was just bought: a buyer who goes on at once waits until that has left the cart", async (t) => {
  const closing = Promise.withResolvers<void>();
  const closed: string[] = [];
  let cart: Parameters<typeof cartAnswer>[0] = {};
  const { checkout, asked, quoteId, calls } = await startShop(t, {
    getCart: () => cartAnswer(cart),
    closeCart: async ({ orderGroupId = "", couponCode = "" }) => {
      await closing.promise;
      closed.push(couponCode);
      cart = { version: 5n, lastOrderGroupId: orderGroupId };
    },
  });
  const first = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const reads = () => calls().filter((name) => name === "getCart").length;
  const before = reads();
  const quoting = checkout.quoteCheckout(asked);
  closing.resolve();
  const { quote } = await quoting;
  t.is(reads(), before + 1, "the cart is read once");
  const next = await checkout.placeOrder({ requestId: "r2", quoteId: quote?.id ?? "", tenders: card() });
  t.is(next.state, CheckoutState.CONFIRMED);
  t.not(next.group?.id, first.group?.id);
  t.is(closed[0], "TEN");
});

test("a cart that what was just bought has not left by now is not quoted", async (t) => {
  const { checkout, asked, quoteId } = await startShop(t, {
    closeCart: () => {
      throw new DomainError("precondition", "CART_CHECKED_OUT");
    },
  });
  await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const error = await t.throwsAsync(checkout.quoteCheckout(asked), { instanceOf: DomainError });
  t.like(error, { kind: "aborted", reason: "CART_CHANGED" });
});

test("a cart that cannot be priced now is not quoted, nor one with a line that is no longer sold", async (t) => {
  let cart: Parameters<typeof cartAnswer>[0] = {};
  const { checkout, asked } = await startShop(t, { getCart: () => cartAnswer(cart) });
  const one = (problem: LineProblem) => ({ lines: [{ sku: "A", quantity: 1, problems: [problem] }] });
  const refusals: readonly (readonly [typeof cart, string])[] = [
    [{ discountsUnknown: true }, "PROMOTION_UNAVAILABLE"],
    [one(LineProblem.PRICE_UNKNOWN), "CATALOG_UNAVAILABLE"],
    [{ ...one(LineProblem.PRICE_UNKNOWN), discountsUnknown: true }, "CATALOG_UNAVAILABLE"],
    [one(LineProblem.UNSELLABLE), "SKU_NOT_SELLABLE"],
    [{ lines: [] }, "CART_EMPTY"],
  ];
  for (const [fields, reason] of refusals) {
    cart = fields;
    t.like(await t.throwsAsync(checkout.quoteCheckout(asked), { instanceOf: DomainError }), { reason });
  }
});

test("Guest quote after cart merge: once its goods are quoted in the customer's cart, the guest's quote is over, and they are paid for once", async (t) => {
  const { checkout, quoteId, mergedQuote } = await startMerged(t);
  const ownId = await mergedQuote();
  const late = await t.throwsAsync(checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() }), refusal);
  t.is(late?.reason, "QUOTE_EXPIRED");
  t.is(
    (await checkout.placeOrder({ requestId: "r2", quoteId: ownId, tenders: card() })).state,
    CheckoutState.CONFIRMED,
  );
});

test("Guest quote after cart merge: while the guest's checkout waits for its payer the customer's cart with its goods is not ordered", async (t) => {
  let isRefused = false;
  const { checkout, quoteId, mergedQuote, orders } = await startMerged(t, {
    authorizePayment: () =>
      isRefused
        ? { payment: { state: PaymentState.AUTHORIZED } }
        : { payment: { state: PaymentState.REQUIRES_ACTION, actionUrl: "https://bank.example/" } },
  });
  const waiting = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(waiting.state, CheckoutState.REQUIRES_ACTION);
  const ownId = await mergedQuote();
  const twice = await t.throwsAsync(checkout.placeOrder({ requestId: "r2", quoteId: ownId, tenders: card() }), refusal);
  t.like(twice, { reason: "CART_CHECKED_OUT", metadata: { order_group_id: waiting.group?.id ?? "" } });
  isRefused = true;
  for (const { id: orderId } of waiting.group?.orders ?? [])
    await orders().cancelOrder({ requestId: `c-${orderId}`, orderId, reason: CancelReason.CUSTOMER_REQUEST });
  await ended(orders(AbortSignal.timeout(10_000)), waiting.group?.id ?? "");
  t.is(
    (await checkout.placeOrder({ requestId: "r3", quoteId: ownId, tenders: card() })).state,
    CheckoutState.CONFIRMED,
  );
});

test("Guest quote after cart merge: what the guest has just bought is waited for, and is not quoted again", async (t) => {
  const closing = Promise.withResolvers<void>();
  const { checkout, quoteId, mergedQuote, settle, quoted } = await startMerged(t, {
    closeCart: async () => {
      await closing.promise;
      settle();
    },
  });
  t.is((await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() })).state, CheckoutState.CONFIRMED);
  const quoting = mergedQuote();
  closing.resolve();
  await quoting;
  t.deepEqual(quoted(), ["B"]);
});

const refusal = { instanceOf: DomainError };
const OWN_CART = "01890000-0000-7000-8000-0000000000c1";

/** A shop with a quote of a guest's cart, A and B, which is then taken over by the customer's; `settle`: A has left that. */
async function startMerged(t: ExecutionContext, deeds: Readonly<Record<string, Deed>> = {}) {
  let isMerged = false;
  let isSettled = false;
  const guests = cartAnswer().cart;
  const own = () => ({
    id: OWN_CART,
    version: 9n,
    mergedCartIds: isSettled ? [] : [guests?.id ?? ""],
    lines: (guests?.lines ?? []).slice(isSettled ? 1 : 0),
  });
  const shop = await startShop(t, { getCart: () => cartAnswer(isMerged ? own() : {}), ...deeds });
  let lines: readonly string[] = [];
  return {
    ...shop,
    settle: () => void (isSettled = true),
    /** The skus of the last quote. */
    quoted: () => lines,
    async mergedQuote() {
      isMerged = true;
      const { quote } = await shop.checkout.quoteCheckout({ ...shop.asked, cartId: OWN_CART });
      lines = quote?.sellers.flatMap((seller) => seller.lines.map(({ sku }) => sku)) ?? [];
      return quote?.id ?? "";
    },
  };
}

/** Waits until a checkout is turned back. */
async function ended(orders: ReturnType<Awaited<ReturnType<typeof startShop>>["orders"]>, orderGroupId: string) {
  const over: readonly CheckoutState[] = [CheckoutState.REJECTED, CheckoutState.CANCELLED];
  for await (const { group } of orders.watchOrder({ orderGroupId }))
    if (group !== undefined && over.includes(group.state)) return;
}
