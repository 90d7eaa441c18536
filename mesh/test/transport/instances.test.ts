import { create, type DescMethodUnary } from "@bufbuild/protobuf";
import { CartService } from "@shopmesh/contracts/shop/cart/v1/cart_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import test, { type ExecutionContext } from "ava";
import { contractOf } from "../../src/contract.ts";
import { createGrpcTransport } from "../../src/transport/grpc/client.ts";
import { createGrpcServer, type GrpcServer } from "../../src/transport/grpc/server.ts";
import type { Dispatch, Outgoing, Transport } from "../../src/transport/transport.ts";

const GRACE_MS = 5_000;
/** Neither of them is declared safe to repeat: what is lost here is lost. */
const { createCart } = CartService.method;

type Instance = { readonly server: GrpcServer; readonly address: string; asked: number };

async function startInstance(answer: () => Promise<void> = async () => undefined, port = 0): Promise<Instance> {
  const dispatch: Dispatch = async (method) => {
    instance.asked += 1;
    await answer();
    return create((method as DescMethodUnary).output);
  };
  const server = createGrpcServer([CartService], dispatch);
  const instance = { server, address: `127.0.0.1:${await server.listen(`127.0.0.1:${port}`)}`, asked: 0 };
  return instance;
}

function openTransport(t: ExecutionContext, instances: readonly Instance[]): Transport {
  const transport = createGrpcTransport(instances.map(({ address }) => address).join(","), [CartService]);
  t.teardown(async () => {
    transport.close();
    await Promise.all(instances.map(({ server }) => server.stop(0)));
  });
  return transport;
}

function call(transport: Transport): Promise<unknown> {
  const outgoing: Outgoing = { headers: {}, deadlineMs: Date.now() + 10_000, signal: new AbortController().signal };
  return transport.unary(contractOf(createCart), create(createCart.input), outgoing);
}

/** Calls in a row from each of several sides, until told to stop; what each was answered with. */
function keepCalling(transport: Transport, sides: number) {
  const state = { isOver: false, calls: 0, failures: [] as unknown[] };
  const side = async (): Promise<void> => {
    while (!state.isOver) {
      state.calls += 1;
      await call(transport).catch((error: unknown) => state.failures.push(error));
    }
  };
  const sidesDone = Promise.all(Array.from({ length: sides }, side));
  return {
    state,
    async end() {
      state.isOver = true;
      await sidesDone;
      return state;
    },
  };
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise(setImmediate);
}

test("calls go to each instance in turn", async (t) => {
  const instances = [await startInstance(), await startInstance()];
  const transport = openTransport(t, instances);
  const load = keepCalling(transport, 4);
  await until(() => instances.every(({ asked }) => asked > 0));
  const before = instances.map(({ asked }) => asked);
  const calls = load.state.calls;
  await until(() => load.state.calls > calls + 200);
  await load.end();
  const [one = 0, other = 0] = instances.map(({ asked }, index) => asked - (before[index] ?? 0));
  t.true(Math.abs(one - other) <= 8, `${one} and ${other}`);
});

test("an instance that stops under load fails no call, though none may be sent twice", async (t) => {
  const instances = [await startInstance(), await startInstance()];
  const transport = openTransport(t, instances);
  const load = keepCalling(transport, 16);
  for (let round = 0; round < 8; round++) {
    const index = round % 2;
    const before = instances.map(({ asked }) => asked);
    await until(() => instances.every(({ asked }, at) => asked > (before[at] ?? 0) + 50));
    const [leaving] = instances.slice(index, index + 1);
    if (leaving === undefined) throw new Error("no such instance");
    await leaving.server.stop(GRACE_MS);
    const port = Number(leaving.address.split(":")[1]);
    instances[index] = await startInstance(undefined, port);
  }
  const { calls, failures } = await load.end();
  t.deepEqual(failures, []);
  t.true(calls > 400, `${calls} calls`);
});

test("a call that is under way when its instance stops is answered", async (t) => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const instance = await startInstance(async () => {
    begun.resolve();
    await release.promise;
  });
  const transport = openTransport(t, [instance]);
  const answer = call(transport);
  await begun.promise;
  const stopped = instance.server.stop(GRACE_MS);
  release.resolve();
  await t.notThrowsAsync(answer);
  await stopped;
});

test("a call that outlasts the grace of its instance is UNAVAILABLE", async (t) => {
  const begun = Promise.withResolvers<void>();
  const instance = await startInstance(async () => {
    begun.resolve();
    await new Promise(() => undefined);
  });
  const transport = openTransport(t, [instance]);
  const answer = call(transport).catch((error: unknown) => error);
  await begun.promise;
  await instance.server.stop(50);
  const error = await answer;
  t.true(error instanceof DomainError);
  // Whether the instance still says that it cut the call, or is gone before it can, decides the reason.
  t.like(error, { kind: "unavailable" });
});

test("a call made while the only instance starts again waits for it, though it may not be sent twice", async (t) => {
  const instance = await startInstance();
  const instances = [instance];
  const transport = openTransport(t, instances);
  await call(transport);
  await instance.server.stop(0);
  const answer = call(transport);
  instances[0] = await startInstance(undefined, Number(instance.address.split(":")[1]));
  await t.notThrowsAsync(answer);
  t.is(instances[0].asked, 1);
});

test("an instance that fails all it is asked is left out until it is well", async (t) => {
  const fail = async (): Promise<void> => {
    throw new DomainError("unavailable", "OUT_OF_ORDER");
  };
  const instances = [await startInstance(fail), await startInstance()];
  const transport = openTransport(t, instances);
  const load = keepCalling(transport, 4);
  const [ill] = instances;
  await until(() => (ill?.asked ?? 0) > 100);
  const failed = () => load.state.failures.length;
  // Left out once the others are asked many times and it is not.
  let before = failed();
  let calls = load.state.calls;
  await until(() => {
    if (load.state.calls < calls + 500) return false;
    const isLeftOut = failed() === before;
    before = failed();
    calls = load.state.calls;
    return isLeftOut;
  });
  await load.end();
  t.pass();
});
