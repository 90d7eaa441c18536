import type { Clock } from "@shopmesh/kernel";
import type { Consumer, SharedConsumer, TaskWorker } from "../consumer.ts";
import type { Database } from "../database/database.ts";
import type { Log } from "../log.ts";
import { observeGauge } from "../telemetry/metrics.ts";
import { withoutTrace } from "../telemetry/spans.ts";
import { countDeadLetters, type DeadLetterFilter, redrive } from "./dead-letters.ts";
import { deliver } from "./delivery.ts";
import { createFailures } from "./failures.ts";
import { sweepInbox } from "./inbox.ts";
import { followInstance } from "./instance-reader.ts";
import { createLoop } from "./loop.ts";
import type { Nats } from "./nats.ts";
import { eventReader, type Reader, type ReaderDeps, taskReader } from "./reader.ts";
import { type Subscription, subscribe } from "./subscription.ts";

/** A service's consumers and workers, at work. */
export type Consumers = {
  /** Takes no more, finishes what is in hand; bounded. */
  stop(): Promise<void>;
  /** Whether each has its stream now. */
  isAttached(): boolean;
  /** Whether each has had its stream; after a while without one (NATS holds no store) the service is ready all the same. */
  isReady(): boolean;
  /** How far each durable reader is behind. */
  lag(): Promise<readonly ReaderLag[]>;
  /** Takes dead letters again; throws DomainError CONSUMER_NOT_FOUND. */
  redrive(filter: DeadLetterFilter): Promise<number>;
  readonly readers: readonly Reader[];
};

/** How a durable reader stands. */
export type ReaderLag = {
  readonly reader: Reader;
  readonly pending: number;
  readonly unanswered: number;
};

/** What consumers work on. */
export type ConsumersOptions = {
  readonly service: string;
  readonly region: string;
  readonly definitions: readonly Consumer[];
  readonly workers: readonly TaskWorker[];
  /** Absent for a service without a database, which can have only every-instance consumers. */
  readonly database: Pick<Database, "sql" | "transaction"> | undefined;
  readonly nats: Nats;
  readonly clock: Clock;
  readonly log: Log;
  readonly origin: ReaderDeps["origin"];
  /** For tests: how a failed message is delivered again. */
  readonly backoff?: Reader["backoff"];
};

const READY_ANYWAY_MS = 20_000;
const SWEEP_MS = 3_600_000;

/** Starts them; returns at once, `isReady` tells when they stand. Throws for a shared consumer without a database. */
export function startConsumers(options: ConsumersOptions): Consumers {
  return withoutTrace(() => start(options));
}

function start(options: ConsumersOptions): Consumers {
  const { definitions, database, nats, service } = options;
  const startedMs = performance.now();
  const readers = database === undefined ? none(options) : readersOf(options, database.transaction);
  const instances = definitions.filter((definition) => definition.kind === "every-instance");
  const subscriptions: Subscription[] = instances.map((definition) => followInstance(definition, options));
  const isAttached = (): boolean => subscriptions.every((each) => each.isAttached());
  let isComplete = false;
  const sweep = createLoop(() => sweepOnce(options));
  if (database !== undefined) {
    subscriptions.push(...readers.map((reader) => listen(reader, database.sql, options)));
    if (readers.length > 0) sweep.start();
  }
  const lag = () => Promise.all(readers.map((reader) => readLag(nats, reader)));
  observeGauge("mesh.consumer.pending", "Messages that a consumer has not been given yet.", async () =>
    (await lag()).map(({ reader, pending }) => ({
      value: pending,
      labels: { service, consumer: reader.name },
    })),
  );
  observeDeadLetters(options, readers);
  return {
    readers,
    lag,
    isAttached,
    isReady() {
      isComplete ||= isAttached() || performance.now() - startedMs > READY_ANYWAY_MS;
      return isComplete;
    },
    async stop() {
      await Promise.all([sweep.stop(), ...subscriptions.map((each) => each.stop())]);
    },
    async redrive(filter) {
      if (database === undefined) return 0;
      return redrive(database, new Map(readers.map((reader) => [reader.name, reader])), filter);
    },
  };
}

function observeDeadLetters({ database, service }: ConsumersOptions, readers: readonly Reader[]): void {
  if (database === undefined) return;
  observeGauge("mesh.consumer.dead_letters", "Messages that a consumer gave up.", async () => {
    const counts = await countDeadLetters(database.sql);
    return readers.map(({ name }) => ({ value: counts.get(name) ?? 0, labels: { service, consumer: name } }));
  });
}

function none({ definitions, workers, service }: ConsumersOptions): readonly Reader[] {
  if (workers.length > 0 || definitions.some(({ kind }) => kind === "shared")) {
    throw new TypeError(`${service} has no database: it can have neither shared consumers nor workers`);
  }
  return [];
}

function readersOf(options: ConsumersOptions, transaction: Database["transaction"]): readonly Reader[] {
  const { service, region, origin, backoff } = options;
  const deps: ReaderDeps = { service, region, transaction, origin };
  const shared = options.definitions.filter((definition): definition is SharedConsumer => definition.kind === "shared");
  const readers = [
    ...shared.map((definition) => eventReader(definition, deps)),
    ...options.workers.map((worker) => taskReader(worker, deps)),
  ];
  const names = readers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new TypeError(`${service} has two consumers named ${twice}`);
  return backoff === undefined ? readers : readers.map((reader) => ({ ...reader, backoff }));
}

function listen(reader: Reader, sql: Database["sql"], { service, nats, log, clock }: ConsumersOptions): Subscription {
  const deps = { service, sql, log, clock, failures: createFailures() };
  return subscribe({ nats, reader, log, handle: (messages) => deliver(messages, reader, deps) });
}

async function readLag(nats: Nats, reader: Reader): Promise<ReaderLag> {
  try {
    const info = await nats.manager.consumers.info(reader.stream.name, reader.durable);
    return { reader, pending: info.num_pending, unanswered: info.num_ack_pending };
  } catch {
    // It is made anew, or NATS is away; either has its own metric.
    return { reader, pending: 0, unanswered: 0 };
  }
}

async function sweepOnce({ database, log, service }: ConsumersOptions): Promise<number> {
  try {
    if (database !== undefined) await sweepInbox(database.sql);
  } catch (error) {
    log.warn("the inbox could not be swept", { service }, error);
  }
  return SWEEP_MS;
}
