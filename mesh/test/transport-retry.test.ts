import { create } from "@bufbuild/protobuf";
import { CatalogService, GetProductRequestSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { contractOf } from "../src/contract.ts";
import { boundedTransport } from "../src/load/bounded-transport.ts";
import { createOutflow } from "../src/load/outflow.ts";
import { overloaded } from "../src/load/shed.ts";
import { createGrpcTransport } from "../src/transport/grpc/client.ts";
import { createGrpcServer } from "../src/transport/grpc/server.ts";
import type { Dispatch, Transport } from "../src/transport/transport.ts";

const { getProduct } = CatalogService.method;
const outgoing = { headers: {}, deadlineMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal };

/** A server that answers by `dispatch`, the way to it, and how often it was asked. */
async function serve(t: ExecutionContext, dispatch: Dispatch) {
  const asked = { count: 0 };
  const server = createGrpcServer([CatalogService], (method, incoming) => {
    asked.count += 1;
    return dispatch(method, incoming);
  });
  const port = await server.listen("127.0.0.1:0");
  const grpc = createGrpcTransport(`127.0.0.1:${port}`, [CatalogService]);
  t.teardown(async () => {
    grpc.close();
    await server.stop(200);
  });
  return { asked, grpc };
}

const ask = (transport: Transport) =>
  transport.unary(contractOf(getProduct), create(GetProductRequestSchema), outgoing);
const away: Dispatch = () => Promise.reject(new DomainError("unavailable", "DATABASE_UNAVAILABLE"));

test("a call that is safe to repeat is tried again", async (t) => {
  let failures = 2;
  const { asked, grpc } = await serve(t, async (method) => {
    if (failures-- > 0) throw new DomainError("unavailable", "DATABASE_UNAVAILABLE");
    return create(method.output);
  });
  await t.notThrowsAsync(ask(grpc));
  t.is(asked.count, 3);
});

test("retries stop adding load to a server that keeps failing: half its tokens gone, each call is sent once", async (t) => {
  const { asked, grpc } = await serve(t, away);
  const calls = 30;
  for (let call = 0; call < calls; call++) t.like(await t.throwsAsync(ask(grpc)), { reason: "DATABASE_UNAVAILABLE" });
  // Twenty tokens; each failed attempt costs one, and none is repeated once ten are gone.
  t.true(asked.count > calls);
  t.true(asked.count <= calls + 10);
  const before = asked.count;
  await t.throwsAsync(ask(grpc));
  t.is(asked.count, before + 1);
});

test("a server that is overloaded is not asked again", async (t) => {
  const { asked, grpc } = await serve(t, () => Promise.reject(overloaded()));
  t.like(await t.throwsAsync(ask(grpc)), { reason: "OVERLOADED", metadata: { retry_after_ms: "1000" } });
  t.is(asked.count, 1);
});

test("one layer tries again, the one next to the failure", async (t) => {
  const far = await serve(t, away);
  const bounded = boundedTransport(far.grpc, createOutflow());
  const near = await serve(t, () => ask(bounded));
  t.like(await t.throwsAsync(ask(near.grpc)), { reason: "DATABASE_UNAVAILABLE" });
  t.is(near.asked.count, 1);
  t.is(far.asked.count, 3);
});

test("a client of an overloaded server refuses most calls itself, and takes up again as the server does", async (t) => {
  const server = { isOverloaded: true };
  const { asked, grpc } = await serve(t, async (method) => {
    if (server.isOverloaded) throw overloaded();
    return create(method.output);
  });
  const time = { nowMs: 0 };
  const transport = boundedTransport(
    grpc,
    createOutflow(() => time.nowMs),
  );
  for (let call = 0; call < 50; call++) t.like(await t.throwsAsync(ask(transport)), { reason: "OVERLOADED" });
  t.is(asked.count, 1);
  server.isOverloaded = false;
  time.nowMs += 1_000;
  for (let call = 0; call < 50; call++) await t.notThrowsAsync(ask(transport));
  t.is(asked.count, 51);
});

test("a failure that is no overload keeps nobody from asking again", async (t) => {
  const { asked, grpc } = await serve(t, () => Promise.reject(new DomainError("not-found", "PRODUCT_NOT_FOUND")));
  const transport = boundedTransport(grpc, createOutflow());
  for (let call = 0; call < 20; call++) t.like(await t.throwsAsync(ask(transport)), { reason: "PRODUCT_NOT_FOUND" });
  t.is(asked.count, 20);
});
