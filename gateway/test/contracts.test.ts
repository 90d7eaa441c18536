import { create } from "@bufbuild/protobuf";
import { ClockService, GetTimeRequestSchema } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import {
  EventAdminService,
  ListStreamsRequestSchema,
} from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import { GetOrderRequestSchema, OrderService } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { isOpenAtEdge } from "@shopmesh/mesh";
import test from "ava";
import { findAnswerer, loadContracts } from "../src/contracts.ts";
import { createWebhooks } from "../src/webhooks.ts";
import { openDoor, reasonOf } from "./door.ts";

const contracts = await loadContracts();
const answererOf = findAnswerer(contracts);

test("every contract of the client package is there, each once", (t) => {
  const names = contracts.map(({ typeName }) => typeName);
  t.is(new Set(names).size, names.length);
  for (const name of ["shop.order.v1.OrderService", "shop.auth.v1.AuthService", "shop.mesh.v1.ClockService"]) {
    t.true(names.includes(name), name);
  }
});

test("a contract is answered by its owner", (t) => {
  t.is(answererOf(OrderService, create(GetOrderRequestSchema)), "order");
});

test("what every service answers is answered by the one that the request names", (t) => {
  t.is(answererOf(EventAdminService, create(ListStreamsRequestSchema, { service: "cart" })), "cart");
  t.is(answererOf(ClockService, create(GetTimeRequestSchema)), "gateway");
});

for (const service of ["", "nobody", "mesh", "../auth"]) {
  test(`there is no service "${service}" to ask`, (t) => {
    const ask = () => answererOf(EventAdminService, create(ListStreamsRequestSchema, { service }));
    t.like(t.throws(ask), { kind: "invalid", reason: "SERVICE_UNKNOWN", metadata: { service } });
  });
}

test("a method for the mesh alone is not at the door, every other one is", async (t) => {
  const { url, sent } = await openDoor(t);
  const methods = contracts.flatMap((contract) => contract.methods).filter(({ methodKind }) => methodKind === "unary");
  const hidden = methods.filter((method) => !isOpenAtEdge(method));
  t.true(hidden.some(({ name }) => name === "ExchangeCredential"));
  for (const method of methods) {
    const body = "service" in method.input.field ? { service: "order" } : {};
    const response = await fetch(`${url}/${method.parent.typeName}/${method.name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const expected = hidden.includes(method) ? 404 : 200;
    t.is(response.status, expected, `${method.parent.typeName}/${method.name}`);
    await response.body?.cancel();
  }
  t.is(sent.length, methods.length - hidden.length);
});

test("a service that nobody knows is refused before the mesh is asked", async (t) => {
  const { post, sent } = await openDoor(t);
  const response = await post("mesh.v1.EventAdminService/ListStreams", { service: "nobody" });
  t.is(response.status, 400);
  t.is(await reasonOf(response), "SERVICE_UNKNOWN");
  t.deepEqual(sent, []);
});

test("every webhook name leads to one method, and two of a name are refused", (t) => {
  const webhooks = createWebhooks(contracts);
  t.is(webhooks("stripe")?.method.name, "ReceiveStripeEvent");
  t.is(webhooks("fedex")?.method.name, "ReceiveFedexEvent");
  t.is(webhooks("ups")?.method.name, "ReceiveUpsEvent");
  t.is(webhooks("nobody"), undefined);
  t.is(webhooks(""), undefined);
  t.throws(() => createWebhooks([...contracts, ...contracts]), { message: /declared twice/ });
});
