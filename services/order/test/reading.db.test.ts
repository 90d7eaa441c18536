import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { CheckoutState, OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason, OrderAdminService, OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Actor, contractOf } from "@shopmesh/mesh";
import test from "ava";
import { nowMs } from "./fixtures.ts";
import { card, sellerId, startShop } from "./shop.ts";

const seller: Actor = {
  kind: "person",
  id: "01890000-0000-7000-8000-00000000000b",
  roles: ["seller"],
  sellerId: sellerId(1),
  sessionId: "s",
};

test("a seller reads its orders without the e-mail address, and nobody else's", async (t) => {
  const { checkout, quoteId, service, orders } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const [own, others] = placed.group?.orders ?? [];
  const admin = service.as(seller)(OrderAdminService);
  const listed = await admin.listSellerOrders({});
  t.deepEqual(
    listed.orders.map(({ id, email }) => ({ id, email })),
    [{ id: own?.id, email: "" }],
  );
  t.is((await admin.getSellerOrder({ orderId: own?.id ?? "" })).order?.email, "");
  t.is(
    (
      await service
        .as(seller)(OrderService)
        .getOrder({ orderId: own?.id ?? "" })
    ).order?.email,
    "",
  );
  t.is((await orders().getOrder({ orderId: own?.id ?? "" })).order?.email, "ada@example.com");
  const error = await t.throwsAsync(admin.getSellerOrder({ orderId: others?.id ?? "" }), { instanceOf: DomainError });
  t.is(error?.reason, "ORDER_NOT_FOUND");
});

test("a seller is shown no order before it is confirmed", async (t) => {
  const { checkout, quoteId, service } = await startShop(t, {
    authorizePayment: () => ({ payment: { state: PaymentState.FAILED, failureReason: "CARD_DECLINED" } }),
  });
  await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const admin = service.as(seller)(OrderAdminService);
  t.deepEqual((await admin.listSellerOrders({})).orders, []);
  const error = await t.throwsAsync(admin.listSellerOrders({ states: [OrderState.REJECTED] }), {
    instanceOf: DomainError,
  });
  t.like(error, { kind: "invalid", reason: "STATE_NOT_SHOWN" });
});

test("an order on hold, or called off, before it was confirmed is its buyer's and the shop's alone", async (t) => {
  const payment = { state: PaymentState.REQUIRES_ACTION, actionUrl: "https://bank.test/3ds" };
  const { checkout, quoteId, service, admin, orders } = await startShop(t, { authorizePayment: () => ({ payment }) });
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orderId = placed.group?.orders[0]?.id ?? "";
  await admin.holdOrder({ requestId: "h1", orderId, reason: "FRAUD_REVIEW" });
  const [own, theirs] = [service.as(seller)(OrderAdminService), service.as(seller)(OrderService)];
  const isHidden = async () => {
    t.deepEqual((await own.listSellerOrders({})).orders, []);
    for (const asked of [
      own.getSellerOrder({ orderId }),
      theirs.getOrder({ orderId }),
      theirs.explainOrder({ orderId }),
    ])
      t.is((await t.throwsAsync(asked, { instanceOf: DomainError }))?.reason, "ORDER_NOT_FOUND");
  };
  await isHidden();
  t.is((await orders().getOrder({ orderId })).order?.holdReason, "FRAUD_REVIEW");
  for (const { id } of placed.group?.orders ?? [])
    await orders().cancelOrder({ requestId: id, orderId: id, reason: CancelReason.MISTAKE });
  t.is((await admin.getSellerOrder({ orderId })).order?.state, OrderState.REJECTED);
  await isHidden();
});

test("guests look up by number + e-mail, in any case; another address finds nothing", async (t) => {
  const { checkout, quoteId, orders } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orderNumber = placed.group?.orders[0]?.number ?? "";
  const found = await orders().findGuestOrder({ orderNumber: orderNumber.toLowerCase(), email: "ADA@example.com" });
  t.is(found.accessToken, placed.accessToken);
  const error = await t.throwsAsync(orders().findGuestOrder({ orderNumber, email: "eve@example.com" }), {
    instanceOf: DomainError,
  });
  t.is(error?.reason, "ORDER_NOT_FOUND");
});

test("a hold whose extension was not heard of is extended by another key when the time left is another", async (t) => {
  const asked: string[] = [];
  const { checkout, quoteId } = await startShop(t, {
    authorizePayment: () => ({
      payment: {
        state: PaymentState.REQUIRES_ACTION,
        actionUrl: "https://bank.test/3ds",
        actionExpireTime: timestampFromMs(nowMs + 600_000),
      },
    }),
    extendHold: ({ requestId = "" }) => {
      asked.push(requestId);
      if (asked.length === 1) throw new DomainError("unavailable", "UNAVAILABLE");
      return {};
    },
  });
  await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(asked.length, 2);
  t.is(new Set(asked).size, 2);
});

test("extended while the payer must act: the hold outlasts the time that the payer has", async (t) => {
  const held: number[] = [];
  const { checkout, quoteId } = await startShop(t, {
    authorizePayment: () => ({
      payment: {
        state: PaymentState.REQUIRES_ACTION,
        actionUrl: "https://bank.test/3ds",
        actionExpireTime: timestampFromMs(nowMs + 3_600_000),
      },
    }),
    extendHold: ({ ttl }) => {
      held.push(Number(ttl?.seconds ?? 0));
      return {};
    },
  });
  const { state, group } = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  t.is(state, CheckoutState.REQUIRES_ACTION);
  t.is(group?.actionExpireTime && timestampMs(group.actionExpireTime), nowMs + 3_600_000);
  t.is(held.length, 1);
  t.true((held[0] ?? 0) > 3_600, `held for ${held[0]} s`);
});

test("guests look up rate-limited: so often in a minute from one address", (t) => {
  const { rateLimits } = contractOf(OrderService.method.findGuestOrder);
  t.like(rateLimits, [{ max: 20, windowMs: 60_000 }]);
});

test("the language of the browser at the checkout is the order's", async (t) => {
  const { checkout, asked, orders } = await startShop(t);
  const { quote } = await checkout.quoteCheckout({ ...asked, locale: "de-AT" });
  const placed = await checkout.placeOrder({ requestId: "r", quoteId: quote?.id ?? "", tenders: card() });
  const orderId = placed.group?.orders[0]?.id ?? "";
  t.is((await orders().getOrder({ orderId })).order?.locale, "de-AT");
});
