import test from "ava";
import { main } from "../src/bench.ts";
import { countsBetween } from "../../bench/counts.ts";
import { type Figure, judge, names } from "../../bench/figures.ts";
import { latencyOf } from "../../bench/load.ts";
import { describeReport } from "../../bench/table.ts";

const figure = (name: string, multiple: number): Figure => ({
  name,
  cpu: { process: multiple / 10 },
  totalCpuMs: multiple / 10,
  echoMs: 0.1,
  multiple,
  latency: { p50: 1, p99: 2, count: 3 },
});

test("a quantile is the value by nearest rank, whatever the order", (t) => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  t.deepEqual(latencyOf(times), { p50: 100, p99: 198, count: 200 });
});

test("what fulfilment, consumers and loops do is told apart from what a checkout waits for", (t) => {
  const before = { "sql shop.cart.v1.CartService/AddItem": 7 };
  const after = {
    "sql shop.cart.v1.CartService/AddItem": 21,
    "sql saga checkout > shop.inventory.v1.InventoryService/AllocateStock": 10,
    "sql saga fulfilment > shop.inventory.v1.InventoryService/ShipStock": 6,
    "sql process shop.order.v1.OrderConfirmed": 4,
    "sql ": 3,
    "commit saga checkout": 4,
    "rpc shop.inventory.v1.InventoryService/AllocateStock": 2,
    "rpc shop.shipping.v1.ShippingService/CreateShipments": 2,
    "rpc shop.payment.v1.PaymentService/ReceiveStripeEvent": 3,
  };
  const { following, loops, ...direct } = countsBetween(before, after, 2);
  t.like(direct, { statements: 12, commits: 2, rpcs: 1 });
  t.like(following, { statements: 5, commits: 0, rpcs: 2.5 });
  t.deepEqual(following.statementsByOperation, {
    "process shop.order.v1.OrderConfirmed": 2,
    "saga fulfilment > shop.inventory.v1.InventoryService/ShipStock": 3,
  });
  t.like(loops, { statements: 1.5, commits: 0 });
});

test("a promise is judged by its figures, and left out where one is missing", (t) => {
  const bare = figure(names.bareGrpc, 4);
  t.deepEqual(judge([bare]), []);
  const held = judge([bare, figure(names.hopGrpc, 6)]);
  t.deepEqual(
    held.map(({ value, limit, isHeld }) => ({ value, limit, isHeld })),
    [
      { value: 1.5, limit: 1.5, isHeld: true },
      { value: 6, limit: 7.7, isHeld: true },
    ],
  );
  t.deepEqual(
    judge([bare, figure(names.hopGrpc, 8)]).map(({ isHeld }) => isHeld),
    [false, false],
  );
});

test("the table names what was missed and what there was no time for", (t) => {
  const figures = [figure(names.bareGrpc, 4), figure(names.hopGrpc, 8)];
  const text = describeReport({ figures, claims: judge(figures), skipped: ["mesh, traced"], elapsedMs: 1_000 });
  t.regex(text, /mesh hop by gRPC against bare grpc-js\s+2\.00 ×\s+1\.50 ×\s+MISSED/);
  t.regex(text, /left out, the time was over: mesh, traced/);
});

test("what nobody can measure is refused before anything is installed or started", async (t) => {
  await t.throwsAsync(main(["--no-install", "--only", "none"]), { message: /^no part "none"; there are: hop, / });
  await t.throwsAsync(main(["--no-install", "--topology", "huge"]), {
    message: /^no topology "huge"; there are: solo/,
  });
});
