import { createHash, randomBytes, randomUUID } from "node:crypto";
import { create, type DescMethod, type DescService, type Message } from "@bufbuild/protobuf";
import { uuidv7 } from "@shopmesh/kernel";
import type { ExecutionContext } from "ava";
import type { Actor, Call } from "../call.ts";
import { contractOf } from "../contract.ts";
import type { Database } from "../database/database.ts";
import { createDispatch } from "../dispatch.ts";
import type { Client } from "../handler.ts";
import { accessInterceptor } from "../interceptors/access.ts";
import { idempotencyInterceptor } from "../interceptors/idempotency.ts";
import type { Interceptor } from "../interceptors/interceptor.ts";
import { validationInterceptor } from "../interceptors/validation.ts";
import type { Live } from "../live.ts";
import { openOrigin } from "../open-client.ts";
import { createSagaDriver } from "../saga/driver.ts";
import type { SagaDriver, SagaPlan } from "../saga/plan.ts";
import type { ServiceContext, ServiceDefinition } from "../service.ts";
import { type TestDatabase, testDatabase } from "./database.ts";
import { silentLog } from "./log.ts";

/** What a service under test stands on. */
export type TestServiceOptions = {
  /** What answers instead of the other services, by contract. */
  readonly clients: ReadonlyMap<DescService, unknown>;
  readonly nowMs: () => number;
  readonly poolSize?: number;
  /** The first process's: this one stands beside it. Default: a database of its own. */
  readonly database?: TestDatabase;
};

/** `definition` on a database of its own: validation, access and idempotency as in the mesh, other services faked. */
export async function testService(t: ExecutionContext, definition: ServiceDefinition, options: TestServiceOptions) {
  const wakes = new EventTarget();
  const database = await databaseOf(t, definition, options, wakes);
  const newId = () => uuidv7(options.nowMs(), randomBytes);
  const drivers = sagaDrivers(t, database, options.nowMs);
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
    saga: drivers.add,
  } as unknown as ServiceContext;
  const parts = await definition.start(context);
  await drivers.start();

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

async function databaseOf(
  t: ExecutionContext,
  definition: ServiceDefinition,
  { database, nowMs, poolSize = 4 }: TestServiceOptions,
  wakes: EventTarget,
): Promise<TestDatabase> {
  if (database !== undefined) return { ...database, ...(await database.another()) };
  return testDatabase(t, {
    service: definition,
    clock: nowMs,
    poolSize,
    hooks: { wake: (topics) => topics.forEach((topic) => wakes.dispatchEvent(new Event(topic))) },
  });
}

/** The sagas that the service under test asks for; their loops end with the test. */
function sagaDrivers(t: ExecutionContext, database: Database, clock: () => number) {
  const all: { start(): Promise<void>; stop(): Promise<void> }[] = [];
  t.teardown(() => Promise.all(all.map((driver) => driver.stop())));
  return {
    add<State>(plan: SagaPlan<State>): SagaDriver<State> {
      const origin = ({ timeoutMs }: { readonly timeoutMs: number }) => openOrigin(timeoutMs, "saga");
      const driver = createSagaDriver({
        plan,
        database,
        clock,
        log: silentLog,
        instanceId: randomUUID(),
        origin,
        pollMs: 50,
      });
      all.push(driver);
      return driver;
    },
    async start() {
      for (const driver of all) await driver.start();
    },
  };
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
