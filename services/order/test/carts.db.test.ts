import { LineProblem } from "@shopmesh/contracts/shop/cart/v1/cart_pb.ts";
import { CheckoutState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { SagaPhase } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test from "ava";
import { card, cartAnswer, startShop } from "./shop.ts";

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
    [one(LineProblem.UNSELLABLE), "SKU_NOT_SELLABLE"],
    [{ lines: [] }, "CART_EMPTY"],
  ];
  for (const [fields, reason] of refusals) {
    cart = fields;
    t.like(await t.throwsAsync(checkout.quoteCheckout(asked), { instanceOf: DomainError }), { reason });
  }
});
