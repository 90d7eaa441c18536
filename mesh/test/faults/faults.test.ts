import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CatalogService, GetProductRequestSchema } from "@shopmesh/contracts/shop/catalog/v1/catalog_service_pb.ts";
import { EventAdminService } from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import {
  ClearFaultsRequestSchema,
  type Fault,
  FaultSchema,
  ListFaultsRequestSchema,
  SetFaultRequestSchema,
  StatusCode,
} from "@shopmesh/contracts/shop/mesh/v1/fault_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import type { Call } from "../../src/call.ts";
import { contractOf } from "../../src/contract.ts";
import { type Faults, followFaults } from "../../src/faults/faults.ts";
import { faultHandlers } from "../../src/faults/handlers.ts";
import { faultInterceptor, faultyTransport } from "../../src/faults/inject.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { natsConnection, type NatsServer, natsServer, quiet, until } from "../events/support.ts";

const getProduct = contractOf(CatalogService.method.getProduct);
const listProducts = contractOf(CatalogService.method.listProducts);
const listStreams = contractOf(EventAdminService.method.listStreams);
const request = create(GetProductRequestSchema);
// What they look at of a call.
const call = { signal: new AbortController().signal } as Call;

async function faultsOf(t: ExecutionContext, server: NatsServer, random = () => 0): Promise<Faults> {
  const faults = followFaults({ nats: await natsConnection(t, server), log: quiet, random });
  t.teardown(() => faults.stop());
  return faults;
}

function faultOf(fields: MessageInitShape<typeof FaultSchema> = {}): Fault {
  return create(FaultSchema, {
    service: "catalog",
    name: "broken",
    percent: 100,
    effect: { case: "error", value: { code: StatusCode.UNAVAILABLE } },
    ...fields,
  });
}

const namesOf = (faults: readonly Fault[]) => faults.map(({ name }) => name);

test("a fault that one process sets hits in the others, until it is taken away", async (t) => {
  const server = await natsServer(t);
  const [one, other] = [await faultsOf(t, server), await faultsOf(t, server)];
  t.true(other.isQuiet());
  await one.set(faultOf());
  await until(() => !other.isQuiet());
  t.deepEqual(namesOf(await other.hitting(getProduct, "server")), ["broken"]);
  t.is(await one.clear("catalog", ["broken"]), 1);
  await until(() => other.isQuiet());
  t.deepEqual(await other.hitting(getProduct, "server"), []);
});

test("one method, one contract or all of a service is hit, and nothing of shop.mesh.v1", async (t) => {
  const faults = await faultsOf(t, await natsServer(t));
  await faults.set(faultOf({ name: "method", method: "shop.catalog.v1.CatalogService/GetProduct" }));
  await faults.set(faultOf({ name: "contract", method: "shop.catalog.v1.CatalogService" }));
  await faults.set(faultOf({ name: "service" }));
  await faults.set(faultOf({ name: "stranger", service: "cart" }));
  await faults.set(faultOf({ name: "mesh", service: "mesh" }));
  t.deepEqual(namesOf(await faults.hitting(getProduct, "server")), ["method", "contract", "service"]);
  t.deepEqual(namesOf(await faults.hitting(listProducts, "server")), ["contract", "service"]);
  t.deepEqual(await faults.hitting(listStreams, "server"), []);
});

test("a counted fault hits that often over all processes", async (t) => {
  const server = await natsServer(t);
  const processes = await Promise.all([1, 2, 3].map(() => faultsOf(t, server)));
  const [first] = processes;
  await first?.set(faultOf({ remainingCount: 4 }));
  await until(() => processes.every((faults) => !faults.isQuiet()));
  const calls = processes.flatMap((faults) => Array.from({ length: 5 }, () => faults.hitting(getProduct, "server")));
  t.is((await Promise.all(calls)).filter((hitting) => hitting.length > 0).length, 4);
  await until(() => processes.every((faults) => faults.isQuiet()));
});

test("a share of the calls is hit", async (t) => {
  const rolls = [0, 0.29, 0.3, 0.99];
  const faults = await faultsOf(t, await natsServer(t), () => rolls.shift() ?? 1);
  await faults.set(faultOf({ percent: 30 }));
  const hit = [];
  for (let roll = 0; roll < 4; roll++) hit.push((await faults.hitting(getProduct, "server")).length);
  t.deepEqual(hit, [1, 1, 0, 0]);
});

test("a fault whose time is over hits nobody and is not listed", async (t) => {
  const faults = await faultsOf(t, await natsServer(t));
  await faults.set(faultOf({ expireTime: timestampFromMs(Date.now() - 1) }));
  t.deepEqual(await faults.hitting(getProduct, "server"), []);
  t.deepEqual(faults.list("catalog"), []);
});

test("a store that lost the faults gets them back from whoever knows them", async (t) => {
  const server = await natsServer(t);
  const faults = await faultsOf(t, server);
  await faults.set(faultOf());
  await server.kill();
  await server.wipe();
  await server.start();
  const later = await faultsOf(t, server);
  await until(() => !later.isQuiet());
  t.deepEqual(namesOf(later.list("catalog")), ["broken"]);
});

/** A fault's interceptor around a handler that counts what it did. */
async function handled(t: ExecutionContext, effect: Fault["effect"]) {
  const faults = await faultsOf(t, await natsServer(t));
  await faults.set(faultOf({ effect }));
  const done = { count: 0 };
  const answer = faultInterceptor(
    getProduct,
    faults,
  )?.(async () => {
    done.count += 1;
    return create(CatalogService.method.getProduct.output);
  });
  if (answer === undefined) throw new Error("there is no interceptor");
  return { answer, done };
}

const errorOf = (fields: { code: StatusCode; reason?: string; afterEffect?: boolean }): Fault["effect"] =>
  faultOf({ effect: { case: "error", value: fields } }).effect;

test("an error keeps the method from its work, with the status and reason that were asked for", async (t) => {
  const { answer, done } = await handled(t, errorOf({ code: StatusCode.RESOURCE_EXHAUSTED, reason: "QUOTA_SPENT" }));
  t.like(await t.throwsAsync(answer(request, call), { instanceOf: DomainError }), {
    kind: "exhausted",
    reason: "QUOTA_SPENT",
    metadata: { fault: "broken" },
  });
  t.is(done.count, 0);
});

test("an error after the effect loses the answer only", async (t) => {
  const { answer, done } = await handled(t, errorOf({ code: StatusCode.UNAVAILABLE, afterEffect: true }));
  t.like(await t.throwsAsync(answer(request, call)), { kind: "unavailable", reason: "FAULT_INJECTED" });
  t.is(done.count, 1);
});

test("who waits in a latency and leaves waits no longer", async (t) => {
  const least = durationFromMs(60_000);
  const { answer, done } = await handled(t, faultOf({ effect: { case: "latency", value: { least } } }).effect);
  const gone = new AbortController();
  const waiting = answer(request, { ...call, signal: gone.signal });
  gone.abort();
  await t.notThrowsAsync(waiting);
  t.is(done.count, 1);
});

test("a service that is unreachable is sent nothing, and others are", async (t) => {
  const faults = await faultsOf(t, await natsServer(t));
  await faults.set(
    faultOf({ effect: { case: "unreachable", value: {} }, method: "shop.catalog.v1.CatalogService/GetProduct" }),
  );
  const sent: string[] = [];
  const transport: Transport = faultyTransport(
    {
      unary: async ({ path, method }) => {
        sent.push(path);
        return create(method.output);
      },
      stream: async function* () {},
      close: () => undefined,
    },
    () => faults,
  );
  const outgoing = { headers: {}, deadlineMs: Date.now() + 1_000, signal: call.signal };
  t.like(await t.throwsAsync(transport.unary(getProduct, request, outgoing)), { kind: "unavailable" });
  await transport.unary(listProducts, create(listProducts.method.input), outgoing);
  t.deepEqual(sent, [listProducts.path]);
});

test("a service sets, lists and clears the faults of its own methods", async (t) => {
  const faults = await faultsOf(t, await natsServer(t));
  const handlers = faultHandlers({ service: "catalog", contracts: [CatalogService], faults });
  const wanted = { service: "catalog", name: "slow", method: "shop.catalog.v1.CatalogService/GetProduct" };
  const effect = { case: "latency", value: { least: durationFromMs(5) } } as const;
  const set = await handlers.setFault(create(SetFaultRequestSchema, { ...wanted, effect, count: 2 }), call);
  t.like(set.fault, { name: "slow", percent: 100, remainingCount: 2 });
  const { faults: listed } = await handlers.listFaults(create(ListFaultsRequestSchema, wanted), call);
  t.is(listed?.length, 1);
  t.deepEqual(await handlers.clearFaults(create(ClearFaultsRequestSchema, wanted), call), { clearedCount: 1 });
});

test("a method that the service has not, and another service, are refused by name", async (t) => {
  const faults = await faultsOf(t, await natsServer(t));
  const handlers = faultHandlers({ service: "catalog", contracts: [CatalogService], faults });
  const effect = { case: "unreachable", value: {} } as const;
  const set = async (fields: MessageInitShape<typeof SetFaultRequestSchema>) =>
    handlers.setFault(create(SetFaultRequestSchema, { name: "x", effect, ...fields }), call);
  t.like(await t.throwsAsync(set({ service: "catalog", method: "shop.catalog.v1.CatalogService/Get" })), {
    reason: "METHOD_UNKNOWN",
    violations: [{ field: "method" }],
  });
  t.like(await t.throwsAsync(set({ service: "cart" })), { reason: "SERVICE_NOT_FOUND" });
});

test("production has no faults", async (t) => {
  const handlers = faultHandlers({ service: "catalog", contracts: [CatalogService], faults: undefined });
  const asked = async () => handlers.listFaults(create(ListFaultsRequestSchema, { service: "catalog" }), call);
  t.like(await t.throwsAsync(asked), { kind: "precondition", reason: "FAULTS_NOT_ALLOWED" });
  t.is(faultInterceptor(getProduct, undefined), undefined);
});
