import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { OrderState } from "@shopmesh/contracts/shop/order/v1/order_pb.ts";
import { CancelReason } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { TransferState } from "@shopmesh/contracts/shop/payment/v1/payment_pb.ts";
import { ShipmentState } from "@shopmesh/contracts/shop/shipping/v1/shipping_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { nowMs } from "./fixtures.ts";
import { card, type Deed, startShop } from "./shop.ts";

const gone = { id: "s", shipTime: timestampFromMs(nowMs), deliverTime: timestampFromMs(nowMs) };

test("goods that have left are captured for: no refusal of the payment turns their order back", async (t) => {
  let asked = 0;
  const { ended, calls } = await orderAll(t, {
    listShipments: () => ({ shipments: [gone] }),
    capturePayment: () => {
      asked += 1;
      if (asked <= 4) throw new DomainError("precondition", "PAYMENT_STATE");
      return { capture: { state: TransferState.SUCCEEDED } };
    },
  });
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(calls().includes("cancelShipment"));
  t.false(calls().includes("deallocateStock"));
});

test("after the pivot only forward: a carrier's service that is away for long calls no order off", async (t) => {
  let asked = 0;
  const { ended, calls } = await orderAll(t, {
    listShipments: () => ({ shipments: [gone] }),
    createShipments: () => {
      asked += 1;
      if (asked <= 24) throw new DomainError("unavailable", "UNAVAILABLE");
      return { shipments: [{ id: "s" }] };
    },
  });
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(calls().includes("voidPayment"));
});

test("a parcel that its carrier refuses after it was planned calls its order off; of two side by side the last gives the money back", async (t) => {
  const refused = { id: "s", state: ShipmentState.CANCELLED };
  const { ended, calls } = await orderAll(t, { listShipments: () => ({ shipments: [refused] }) });
  t.deepEqual(await ended(), [OrderState.CANCELLED, OrderState.CANCELLED]);
  t.is(calls().filter((name) => name === "deallocateStock").length, 2);
  t.true(calls().includes("voidPayment"));
});

test("Cancel only before SHIPPED: a wish that comes as the parcel leaves is refused, and the order is paid for and completed", async (t) => {
  let isGone = false;
  const { ended, orders, admin, calls, placed } = await orderAll(t, {
    listShipments: () => ({ shipments: isGone ? [gone] : [{ id: "s" }] }),
    cancelShipment: () => {
      isGone = true;
      throw new DomainError("precondition", "SHIPMENT_STATE");
    },
  });
  const orderId = placed.group?.orders[0]?.id ?? "";
  const wish = { requestId: "c1", orderId, reason: CancelReason.CUSTOMER_REQUEST };
  const error = await t.throwsAsync(orders().cancelOrder(wish), { instanceOf: DomainError });
  t.like(error, { kind: "precondition", reason: "ORDER_NOT_CANCELLABLE" });
  await admin.retryCheckout({ requestId: "wake", orderGroupId: placed.group?.id ?? "" });
  t.deepEqual(await ended(), [OrderState.COMPLETED, OrderState.COMPLETED]);
  t.false(calls().includes("deallocateStock"));
  t.false(calls().includes("voidPayment"));
});

/** A placed group of two orders in a shop whose clock runs a hundred times as fast; `ended`: their states, once final. */
async function orderAll(t: ExecutionContext, deeds: Readonly<Record<string, Deed>>) {
  const shop = await startShop(t, deeds, 100);
  const placed = await shop.checkout.placeOrder({ requestId: "r1", quoteId: shop.quoteId, tenders: card() });
  const orderGroupId = placed.group?.id ?? "";
  const final: ReadonlySet<OrderState> = new Set([OrderState.COMPLETED, OrderState.CANCELLED]);
  async function ended(): Promise<readonly OrderState[]> {
    for await (const { group } of shop.orders(AbortSignal.timeout(20_000)).watchOrder({ orderGroupId })) {
      const states = (group?.orders ?? []).map(({ state }) => state);
      if (states.length > 0 && states.every((state) => final.has(state))) return states;
    }
    return [];
  }
  return { ...shop, placed, ended };
}
