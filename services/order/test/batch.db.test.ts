import { OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import type { Actor } from "@shopmesh/mesh";
import test from "ava";
import { card, startShop } from "./shop.ts";

const notification: Actor = { kind: "service", name: "notification" };

test("notification reads all orders of a group at once, in the order asked; an unknown one is left out", async (t) => {
  const { checkout, quoteId, service } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const ids = (placed.group?.orders ?? []).map(({ id }) => id).toReversed();
  const unknown = "01890000-0000-7000-8000-0000000000ff";
  const { orders } = await service
    .as(
      notification,
      "notification",
    )(OrderService)
    .batchGetOrders({ orderIds: [...ids, unknown] });
  t.deepEqual(
    orders.map(({ id, email }) => ({ id, email })),
    ids.map((id) => ({ id, email: "ada@example.com" })),
  );
});

test("notification reads all orders of a group by the group", async (t) => {
  const { checkout, quoteId, service } = await startShop(t);
  const placed = await checkout.placeOrder({ requestId: "r1", quoteId, tenders: card() });
  const orders = service.as(notification, "notification")(OrderService);
  const found = await orders.batchGetOrders({ orderGroupId: placed.group?.id ?? "" });
  t.deepEqual(found.orders.map(({ id }) => id).sort(), (placed.group?.orders ?? []).map(({ id }) => id).sort());
  t.true(found.orders.every(({ email }) => email === "ada@example.com"));
  t.like(await t.throwsAsync(orders.batchGetOrders({})), { reason: "ORDER_IDS_MISSING" });
});
