import test from "ava";
import {
  existingServices,
  parseReplicas,
  parseTopology,
  planProcesses,
  preferredPort,
  serviceOrder,
  topologies,
  type Topology,
} from "../src/topology.ts";
import { root } from "../src/paths.ts";

const all = ["gateway", ...serviceOrder];

const runsAll = test.macro({
  exec: (t, topology: Topology) => {
    const planned = planProcesses(topology, all).flatMap(({ services }) => services);
    t.deepEqual([...planned].sort(), [...all].sort());
  },
  title: (_, topology) => `${topology} runs every service exactly once`,
});
for (const topology of topologies) test(runsAll, topology);

test("solo is one process, mesh one for each service", (t) => {
  t.is(planProcesses("solo", all).length, 1);
  t.is(planProcesses("mesh", all).length, all.length);
});

test("compact has four processes and leaves out one that would be empty", (t) => {
  t.deepEqual(
    planProcesses("compact", all).map(({ name }) => name),
    ["gateway", "commerce", "people", "insight"],
  );
  t.deepEqual(
    planProcesses("compact", ["gateway", "order"]).map(({ name }) => name),
    ["gateway", "commerce"],
  );
});

test("a service that somebody has just added runs in every topology, on a port behind the table's", (t) => {
  const services = [...all, "wishlist"];
  for (const topology of topologies)
    t.true(planProcesses(topology, services).some((plan) => plan.services.includes("wishlist")));
  t.is(preferredPort("wishlist", services), 9001 + serviceOrder.length);
});

test("ports follow the order of the architecture's table", (t) => {
  t.deepEqual(
    ["auth", "order", "logging", "search"].map((name) => preferredPort(name, all)),
    [9001, 9006, 9012, 9013],
  );
});

test("a topology that does not exist is refused with those that do", (t) => {
  t.throws(() => parseTopology("huge"), { message: /solo, compact, mesh/ });
});

test("the services of the checkout are those with a service.ts", (t) => {
  t.true(existingServices(root).includes("logging"));
  t.deepEqual(existingServices("/nowhere"), []);
});

test("replicas are the same services in processes of their own, told apart by their names", (t) => {
  const plans = planProcesses("mesh", ["gateway", "auth", "order"], parseReplicas("2,order=3,auth=1"));
  t.deepEqual(
    plans.map(({ name, instance, services }) => [name, instance, ...services]),
    [
      ["gateway", 1, "gateway"],
      ["gateway.2", 2, "gateway"],
      ["auth", 1, "auth"],
      ["order", 1, "order"],
      ["order.2", 2, "order"],
      ["order.3", 3, "order"],
    ],
  );
});

test("replicas of a service are replicas of the process that it shares", (t) => {
  const plans = planProcesses("compact", all, parseReplicas("order=2"));
  t.deepEqual(
    plans.map(({ name }) => name),
    ["gateway", "commerce", "commerce.2", "people", "insight"],
  );
});

test("the ports of second and third instances keep out of each other's way", (t) => {
  t.deepEqual(
    [1, 2, 3].map((instance) => preferredPort("order", all, instance)),
    [9006, 9206, 9306],
  );
});

for (const text of ["0", "10", "two", "order=", "=2", "2;order=3", ""]) {
  test(`"${text}" is no number of replicas`, (t) => {
    t.throws(() => parseReplicas(text), { message: /^replicas are / });
  });
}

test("replicas of what does not exist are refused with what does", (t) => {
  t.throws(() => planProcesses("compact", all, parseReplicas("oder=2")), { message: /no "oder".*commerce/ });
});
