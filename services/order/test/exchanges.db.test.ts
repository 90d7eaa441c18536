import { ExchangeState, ReturnReason, ReturnState } from "@shopmesh/contracts/shop/order/v1/return_pb.ts";
import { OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { PaymentState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { nowMs } from "./fixtures.ts";
import { reasonOf, startReturns } from "./returns.ts";
import { card, type Deed } from "./shop.ts";

test("a return is EXCHANGED like for like at no charge: the replacement is kept from the seller's yes, ordered once inspected, and its goods sent", async (t) => {
  const shop = await exchanging(t);
  const asked = await shop.askFor([{ sku: "A-BLUE", quantity: 2 }]);
  t.like(asked.return?.exchange, {
    state: ExchangeState.WANTED,
    credit: { minorUnits: 1_998n },
    charge: { minorUnits: 0n },
  });
  await shop.approve();
  await shop.untilExchange(ExchangeState.RESERVED);
  const { orderGroupId: replacementGroup = "", orderId: replacement = "" } = asked.return?.exchange ?? {};
  t.is(shop.requests("holdStock").at(-1)?.holdId, replacementGroup);
  t.like(shop.requests("allocateStock").at(-1)?.orders, [
    { orderId: replacement, lines: [{ sku: "A-BLUE", quantity: 2 }] },
  ]);
  await shop.receive(2);
  await shop.inspect({ resellableQuantity: 2 });
  const order = await shop.until(ReturnState.EXCHANGED);
  t.is(order.totals?.refunded?.minorUnits, 0n, "nothing was paid, nothing goes back");
  t.false(shop.calls().includes("refundPayment"));
  const sent = await shop.watchGroup(replacementGroup, ({ state }) => state === OrderState.COMPLETED);
  t.like(sent, { exchangedReturnId: shop.returnId(), totals: { total: { minorUnits: 0n }, tax: { minorUnits: 0n } } });
  t.is(sent.lines[0]?.exchangeCredit?.minorUnits, 1_998n);
  t.like(shop.requests("shipStock").at(-1), { orderId: replacement, lines: [{ sku: "A-BLUE", quantity: 2 }] });
  t.is(shop.requests("closeCart").length, 1, "no cart became it");
  t.true((await shop.events()).includes("ReturnExchanged"));
});

test("a cheaper replacement: the difference is refunded with its tax", async (t) => {
  const shop = await exchanging(t);
  await shop.askFor([{ sku: "CHEAPER", quantity: 2 }]);
  await shop.bringIn();
  const order = await shop.until(ReturnState.EXCHANGED);
  t.like(shop.requests("refundPayment"), [{ amount: { minorUnits: 1_998n - 998n } }]);
  t.is(order.refunds[0]?.tax?.minorUnits, 160n);
  const wish = { requestId: "too much", orderId: shop.orderId, reason: "GOODWILL", note: "" };
  const lines = [{ lineId: shop.lineId, part: { case: "quantity" as const, value: 1 } }];
  t.is(
    await reasonOf(t, shop.admin.refundOrder({ ...wish, lines })),
    "REFUND_QUANTITY",
    "what pays for the other is not paid back",
  );
});

test("a dearer replacement: the difference is charged by the tenders of the exchange, its tax in it", async (t) => {
  const shop = await exchanging(t);
  t.is(await reasonOf(t, shop.askFor([{ sku: "DEARER", quantity: 1 }])), "TENDER_MISSING");
  const asked = await shop.askFor([{ sku: "DEARER", quantity: 1 }], card());
  await shop.bringIn();
  await shop.until(ReturnState.EXCHANGED);
  const { orderGroupId = "" } = asked.return?.exchange ?? {};
  const replacement = await shop.watchGroup(orderGroupId, ({ state }) => state === OrderState.COMPLETED);
  t.like(shop.requests("authorizePayment").at(-1), { orderGroupId, amount: { minorUnits: 501n } });
  t.like(replacement.totals, { total: { minorUnits: 501n }, tax: { minorUnits: 80n }, captured: { minorUnits: 501n } });
});

test("a replacement that is sold out, or goods that are not all accepted: the money goes back instead", async (t) => {
  const shop = await exchanging(t, {
    holdStock: ({ lines = [] }) => {
      if (lines.some(({ sku }) => sku === "CHEAPER")) throw new DomainError("precondition", "OUT_OF_STOCK");
      return {};
    },
  });
  await shop.askFor([{ sku: "CHEAPER", quantity: 1 }], [], 1);
  await shop.approve();
  await shop.untilExchange(ExchangeState.OUT_OF_STOCK);
  await shop.receive(1);
  await shop.inspect({ resellableQuantity: 1 });
  await shop.until(ReturnState.REFUNDED);
  t.like(shop.requests("refundPayment"), [{ amount: { minorUnits: 999n } }]);
  await shop.askFor([{ sku: "A-BLUE", quantity: 1 }], [], 1);
  await shop.approve();
  await shop.receive(1);
  await shop.inspect({ refusedQuantity: 1 }, "refused");
  await shop.untilExchange(ExchangeState.DROPPED);
  await shop.until(ReturnState.REJECTED);
  t.is(shop.requests("refundPayment").length, 1);
  await shop.explained("perform await-replacement: done", 2);
  t.is(shop.requests("deallocateStock").length, 1, "what was kept is given back");
});

test("an exchange whose difference is declined is paid back by itself, its stock given back", async (t) => {
  let isFirst = true;
  const shop = await exchanging(t, {
    authorizePayment: () => {
      const state = isFirst ? PaymentState.AUTHORIZED : PaymentState.FAILED;
      isFirst = false;
      return { payment: { state, failureReason: "CARD_DECLINED" } };
    },
  });
  const asked = await shop.askFor([{ sku: "DEARER", quantity: 1 }], card());
  await shop.bringIn();
  const order = await shop.until(ReturnState.REFUNDED);
  t.like(shop.requests("refundPayment"), [{ amount: { minorUnits: 1_998n }, reason: "REPLACEMENT_BACK" }]);
  t.is(order.totals?.refunded?.minorUnits, 1_998n);
  t.is(order.returns[0]?.exchange?.state, ExchangeState.FAILED);
  t.is(shop.requests("deallocateStock").at(-1)?.orderId, asked.return?.exchange?.orderId);
});

test("an exchange whose difference wants its payer to act waits for her: its goods are its order's already", async (t) => {
  let state: PaymentState = PaymentState.AUTHORIZED;
  const actionExpireTime = timestampFromMs(nowMs + 30 * 86_400_000);
  const shop = await exchanging(t, {
    authorizePayment: () => ({ payment: { state, actionUrl: "https://bank.test/3ds", actionExpireTime } }),
    extendHold: () => {
      throw new DomainError("precondition", "HOLD_ALLOCATED");
    },
  });
  const asked = await shop.askFor([{ sku: "DEARER", quantity: 1 }], card());
  const { orderGroupId = "" } = asked.return?.exchange ?? {};
  state = PaymentState.REQUIRES_ACTION;
  await shop.bringIn();
  await shop.untilExchange(ExchangeState.PLACED);
  for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId }))
    if (group?.actionUrl === "https://bank.test/3ds") break;
  state = PaymentState.AUTHORIZED;
  await shop.admin.retryCheckout({ requestId: "wake", orderGroupId });
  await shop.until(ReturnState.EXCHANGED);
  t.false(shop.calls().includes("deallocateStock"));
});

test("a replacement that is called off is paid back by the order that paid for it", async (t) => {
  let isAtHome = false;
  const shop = await exchanging(t, {}, () => isAtHome);
  const asked = await shop.askFor([{ sku: "A", quantity: 2 }]);
  isAtHome = true;
  await shop.bringIn();
  await shop.until(ReturnState.EXCHANGED);
  const { orderGroupId = "", orderId = "" } = asked.return?.exchange ?? {};
  await shop.watchGroup(orderGroupId, ({ parcels }) => parcels.length > 0);
  await shop.orders().cancelOrder({ requestId: "off", orderId, reason: CancelReason.MISTAKE });
  const order = await shop.watch(({ totals }) => totals?.refunded?.minorUnits === 1_998n);
  t.is(order.returns[0]?.state, ReturnState.EXCHANGED);
  t.like(order.refunds, [{ reason: "REPLACEMENT_BACK", returnId: shop.returnId() }]);
});

test("a replacement that goes back is paid back by the order that paid for it, piece by piece, and is exchanged no more", async (t) => {
  const shop = await exchanging(t);
  const asked = await shop.askFor([{ sku: "A", quantity: 2 }]);
  await shop.bringIn();
  await shop.until(ReturnState.EXCHANGED);
  const { orderGroupId = "", orderId = "" } = asked.return?.exchange ?? {};
  const replacement = await shop.watchGroup(orderGroupId, ({ completeTime }) => completeTime !== undefined);
  const lineId = replacement.lines[0]?.id ?? "";
  const lines = [{ lineId, quantity: 1, reason: ReturnReason.DEFECTIVE }];
  const again = { requestId: "again", orderId, lines, replacements: [{ sku: "A", quantity: 1 }] };
  t.is(await reasonOf(t, shop.orders().requestExchange(again)), "EXCHANGE_OF_REPLACEMENT");
  const back = await shop.orders().requestReturn({ requestId: "back", orderId, lines });
  const returnId = back.return?.id ?? "";
  await shop.seller.approveReturn({ requestId: "a2", returnId });
  await shop.seller.receiveReturn({ requestId: "r2", returnId, lines: [{ lineId, quantity: 1 }] });
  await shop.seller.inspectReturn({ requestId: "i2", returnId, lines: [{ lineId, resellableQuantity: 1 }] });
  const order = await shop.watch(({ totals }) => totals?.refunded?.minorUnits === 999n);
  t.like(order.refunds, [{ reason: "REPLACEMENT_BACK", amount: { minorUnits: 999n } }]);
});

test("what is wanted instead is of the same seller, on sale, and named once", async (t) => {
  const shop = await exchanging(t);
  t.is(await reasonOf(t, shop.askFor([{ sku: "OTHERS", quantity: 1 }])), "REPLACEMENT_OF_ANOTHER_SELLER");
  t.is(await reasonOf(t, shop.askFor([{ sku: "NOTHING", quantity: 1 }])), "SKU_NOT_SELLABLE");
  const twice = [1, 1].map((quantity) => ({ sku: "A", quantity }));
  t.is(await reasonOf(t, shop.askFor(twice)), "REPLACEMENT_TWICE");
  t.is(await reasonOf(t, shop.askFor([{ sku: "A", quantity: 1 }], [], 3)), "RETURN_QUANTITY");
});

/** A delivered order of two A, and how its buyer exchanges them; the parcels that come after it stay at home while `isAtHome`. */
async function exchanging(t: ExecutionContext, deeds: Readonly<Record<string, Deed>> = {}, isAtHome = () => false) {
  const shop = await startReturns(t, deeds, undefined, isAtHome);
  let count = 0;
  const askFor = async (
    replacements: readonly { readonly sku: string; readonly quantity: number }[],
    tenders: ReturnType<typeof card> = [],
    quantity = 2,
  ) => {
    const lines = [{ lineId: shop.lineId, quantity, reason: ReturnReason.CHANGED_MIND }];
    const requestId = `exchange ${(count += 1)}`;
    const wish = { requestId, orderId: shop.orderId, lines, replacements: [...replacements], tenders };
    const answer = await shop.orders().requestExchange(wish);
    shop.know(answer.return?.id ?? "");
    return answer;
  };
  const approve = () => shop.seller.approveReturn({ requestId: `approve ${count}`, returnId: shop.returnId() });
  return {
    ...shop,
    askFor,
    approve,
    untilExchange: (state: ExchangeState) =>
      shop.watch(({ returns }) => returns.some(({ exchange }) => exchange?.state === state)),
    /** Approved, received and inspected, all of it fit to be sold. */
    async bringIn() {
      await approve();
      await shop.receive(2);
      await shop.inspect({ resellableQuantity: 2 });
    },
  };
}
