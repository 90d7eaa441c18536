import { createHash, randomBytes } from "node:crypto";
import { create, type DescMethod, type DescService, type Message } from "@bufbuild/protobuf";
import { uuidv7 } from "@shopmesh/kernel";
import type { ExecutionContext } from "ava";
import type { Actor, Call } from "../call.ts";
import { contractOf } from "../contract.ts";
import { createDispatch } from "../dispatch.ts";
import type { Client } from "../handler.ts";
import { accessInterceptor } from "../interceptors/access.ts";
import { idempotencyInterceptor } from "../interceptors/idempotency.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { validationInterceptor } from "../interceptors/validation.ts";
import type { Live } from "../live.ts";
import { openOrigin } from "../open-client.ts";
import { createSagaDriver, type RunningSagaDriver } from "../saga/driver.ts";
import type { SagaPlan } from "../saga/plan.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { testDatabase } from "./database.ts";
import { silentLog } from "./log.ts";

/** What a service under test stands on. */
export type TestServiceOptions = {
  /** What answers instead of the other services, by contract. */
  readonly clients: ReadonlyMap<DescService, unknown>;
  readonly nowMs: () => number;
  readonly poolSize?: number;
};

/** `definition` on a database of its own: validation, access and idempotency as in the mesh, other services faked. */
export async function testService(t: ExecutionContext, definition: ServiceDefinition, options: TestServiceOptions) {
  const wakes = new EventTarget();
  const database = await testDatabase(t, {
    migrations: definition.database?.migrations ?? [],
    clock: options.nowMs,
    poolSize: options.poolSize ?? 4,
    hooks: { wake: (topics) => topics.forEach((topic) => wakes.dispatchEvent(new Event(topic))) },
  });
  const newId = () => uuidv7(options.nowMs(), randomBytes);
  // The parts of a context that these services use; a use of another fails loudly.
  const context = {
    config: Object.fromEntries(Object.entries(definition.config).map(([name, { fallback }]) => [name, fallback])),
    log: silentLog,
    clock: options.nowMs,
    newId,
    entropy: (length: number) => randomBytes(length),
    deriveSecret: (purpose: string) => createHash("sha256").update(purpose).digest(),
    client: (contract: DescService) => options.clients.get(contract),
    sql: database.sql,
    transaction: database.transaction,
    live: liveOn(wakes),
    saga: <State>(plan: SagaPlan<State>) => {
      const driver = createSagaDriver({
        plan,
        database,
        clock: options.nowMs,
        log: silentLog,
        instanceId: "test",
        origin: ({ timeoutMs }) => openOrigin(timeoutMs, "saga"),
        pollMs: 50,
      });
      sagas.push(driver as RunningSagaDriver<never>);
      return driver;
    },
  } as unknown as ServiceContext;
  const sagas: RunningSagaDriver<never>[] = [];
  const parts = await definition.start(context);
  for (const saga of sagas) await saga.start();
  t.teardown(() => Promise.all(sagas.map((saga) => saga.stop())));

  /** A client that calls as `actor`, through the service `caller`. */
  function as(actor: Actor, caller = "gateway") {
    const identity: Interceptor = (next) => (request, call) => next(request, { ...call, actor, caller });
    const sealKey = new Uint8Array(32);
    const dispatch = createDispatch(
      parts.implementations,
      (method) => [
        identity,
        validationInterceptor(method),
        accessInterceptor(contractOf(method), parts.owners ?? {}),
        idempotencyInterceptor(method, { database, clock: options.nowMs, sealKey }),
      ],
      { region: "eu", sql: database.sql, transaction: database.transaction },
    );
    return <S extends DescService>(contract: S, signal = new AbortController().signal) =>
      clientOf(contract, (method, request) =>
        dispatch(method, {
          request,
          signal,
          headers: { get: () => undefined },
          responseHeaders: { set: () => undefined },
          deadlineMs: Date.now() + 10_000,
        }),
      );
  }
  return { as, database, parts, newId };
}

type Send = (method: DescMethod, request: Message) => Promise<Message | AsyncIterable<Message>>;

function clientOf<S extends DescService>(contract: S, send: Send) {
  const methods = contract.methods.map((method) => [
    method.localName,
    (fields: Record<string, unknown>) => {
      const answer = send(method, create(method.input, fields));
      return method.methodKind === "unary" ? answer : opened(answer);
    },
  ]);
  // A test's calls come from nowhere: they need no origin.
  return Object.fromEntries(methods) as unknown as {
    readonly [K in keyof Client<S>]: Client<S>[K] extends (request: infer Request, origin: never) => infer Answer
      ? (request: Request) => Answer
      : never;
  };
}

async function* opened(answer: Promise<Message | AsyncIterable<Message>>): AsyncIterable<Message> {
  yield* (await answer) as AsyncIterable<Message>;
}

/** Streams that read again when they are woken, and only then. */
function liveOn(wakes: EventTarget): Live {
  async function* follow<T>(call: Call, topic: string, options: Parameters<Live["follow"]>[2]) {
    let { cursor } = options;
    while (!call.signal.aborted) {
      const news = new Promise((resolve) => {
        wakes.addEventListener(topic, resolve, { once: true });
        call.signal.addEventListener("abort", resolve, { once: true });
      });
      const read = await options.read(cursor);
      cursor = read.cursor;
      yield* read.messages as readonly T[];
      if (read.messages.length === 0) await news;
    }
  }
  return { follow } as Live;
}
