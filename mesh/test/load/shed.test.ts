import { create, type Message } from "@bufbuild/protobuf";
import {
  CatalogService,
  BatchGetProductsRequestSchema,
} from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import {
  InventoryService,
  WatchAvailabilityRequestSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { ClockService } from "@shopmesh/contracts/shop/mesh/v1/clock_service_pb.ts";
import { CheckoutService, QuoteCheckoutRequestSchema } from "@shopmesh/contracts/shop/order/v1/order_service_pb.ts";
import { Criticality } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import test from "ava";
import type { Call } from "../../src/call.ts";
import { createClient } from "../../src/client.ts";
import { createDispatch } from "../../src/dispatch.ts";
import { callerToken, createCallerVerifier } from "../../src/identity/caller.ts";
import { authenticationInterceptor } from "../../src/interceptors/authentication.ts";
import { createAdmission } from "../../src/load/admission.ts";
import { shedding } from "../../src/load/shed.ts";
import { openOrigin } from "../../src/open-client.ts";
import type { Sql } from "../../src/sql.ts";
import { createLocalTransport } from "../../src/transport/local.ts";
import type { Dispatch, Incoming } from "../../src/transport/transport.ts";

const { CRITICAL } = Criticality;
const meshKey = Buffer.alloc(32, 1);
const verifyCaller = createCallerVerifier(meshKey);
const cart = callerToken(meshKey, "cart");
const bounds = { min: 1, max: 100, targetMs: 20, rest: 10 };
const { batchGetProducts } = CatalogService.method;
const overloaded = { kind: "unavailable", reason: "OVERLOADED", metadata: { retry_after_ms: "1000" } };

function incoming(
  headers: Readonly<Record<string, string>> = {},
  request: Message = create(BatchGetProductsRequestSchema),
): Incoming {
  return {
    request,
    headers: { get: (name) => headers[name] },
    responseHeaders: { set: () => undefined },
    signal: new AbortController().signal,
    deadlineMs: Number.POSITIVE_INFINITY,
  };
}

/** A process with ten places, `taken` of them in use, before `dispatch`. */
function busy(taken: number, dispatch: Dispatch = async (method) => create(method.output)) {
  const admission = createAdmission({ bounds, maxStreams: 1 });
  const leaves = Array.from({ length: taken }, () => admission.enter(CRITICAL));
  return { admission, leaves, dispatch: shedding(dispatch, admission, verifyCaller) };
}

test("a full process refuses at once, and takes up again when a place is free", async (t) => {
  let reached = 0;
  const { dispatch, leaves } = busy(10, async (method) => {
    reached += 1;
    return create(method.output);
  });
  t.like(await t.throwsAsync(dispatch(batchGetProducts, incoming())), overloaded);
  t.is(reached, 0);
  for (const leave of leaves.slice(0, 3)) leave?.();
  await t.notThrowsAsync(dispatch(batchGetProducts, incoming()));
  t.is(reached, 1);
});

test("a call that failed gives its place back, too", async (t) => {
  const { dispatch, admission } = busy(0, () => Promise.reject(new Error("broken")));
  await t.throwsAsync(dispatch(batchGetProducts, incoming()));
  t.is(admission.usage().inFlight, 0);
});

test("what a critical call needs is as critical, where a service says so", async (t) => {
  const { dispatch } = busy(9);
  await t.throwsAsync(dispatch(batchGetProducts, incoming({ "x-mesh-caller": cart })));
  await t.notThrowsAsync(
    dispatch(batchGetProducts, incoming({ "x-mesh-caller": cart, "x-mesh-criticality": "critical" })),
  );
});

test("a stranger who says that his call is critical is not believed", async (t) => {
  const { dispatch } = busy(9);
  for (const forged of [{}, { "x-mesh-caller": "cart.forged" }]) {
    const headers = { ...forged, "x-mesh-criticality": "critical" };
    t.like(await t.throwsAsync(dispatch(batchGetProducts, incoming(headers))), overloaded);
  }
});

test("what operates the mesh is never refused", async (t) => {
  const { dispatch } = busy(10);
  await t.notThrowsAsync(dispatch(ClockService.method.getTime, incoming()));
});

test("a stream holds its place until it ends", async (t) => {
  const { watchAvailability } = InventoryService.method;
  const request = create(WatchAvailabilityRequestSchema);
  const { dispatch, admission } = busy(0, async (method) =>
    (async function* () {
      yield create(method.output);
      yield create(method.output);
    })(),
  );
  const first = (await dispatch(watchAvailability, incoming({}, request))) as AsyncIterable<Message>;
  t.like(await t.throwsAsync(dispatch(watchAvailability, incoming({}, request))), overloaded);
  for await (const message of first) {
    t.truthy(message);
    break;
  }
  t.is(admission.usage().streams, 0);
});

/** Two services: checkout asks catalog for products, then for offers in the name of nobody. */
function twoServices() {
  const seen: (string | undefined)[] = [];
  const ground = { region: "eu", sql: {} as Sql, transaction: () => Promise.reject(new Error("no database")) };
  const authentication = authenticationInterceptor(verifyCaller, () => Promise.reject(new Error("no actor")));
  const catalog = createLocalTransport((method, { headers }) => {
    seen.push(headers.get("x-mesh-criticality"));
    return Promise.resolve(create(method.output));
  });
  const client = createClient(CatalogService, () => catalog, {
    callerToken: callerToken(meshKey, "order"),
    region: "eu",
  });
  const checkout = {
    contract: CheckoutService,
    handlers: {
      async quoteCheckout(_request: never, call: Call) {
        await client.batchGetProducts({}, call);
        await client.batchGetOffers({}, openOrigin(1_000, "a-test"));
        return {};
      },
    },
  };
  return { seen, dispatch: createDispatch([checkout], () => [authentication], ground) };
}

test("what a critical call asks of others goes out as critical; what is asked apart from it does not", async (t) => {
  const { seen, dispatch } = twoServices();
  const gateway = { "x-mesh-caller": callerToken(meshKey, "gateway") };
  await dispatch(CheckoutService.method.quoteCheckout, incoming(gateway, create(QuoteCheckoutRequestSchema)));
  t.deepEqual(seen, ["critical", undefined]);
});

test("what is part of something sheddable is as sheddable", async (t) => {
  const { seen, dispatch } = twoServices();
  const report = { "x-mesh-caller": cart, "x-mesh-criticality": "sheddable" };
  await dispatch(CheckoutService.method.quoteCheckout, incoming(report, create(QuoteCheckoutRequestSchema)));
  t.deepEqual(seen, ["sheddable", undefined]);
});
