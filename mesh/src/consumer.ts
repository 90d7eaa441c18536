import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { Origin } from "./handler.ts";
import type { Tx } from "./sql.ts";

/** What travels beside an event or task, in headers. */
export type MessageMeta = {
  /** Unique; what the inbox remembers. */
  readonly id: string;
  /** When it happened, epoch ms. */
  readonly timeMs: number;
  readonly region: string;
  readonly aggregateId: string;
  readonly version: bigint;
  /** 1 for the first delivery. */
  readonly attempt: number;
};

/** What a consumer does with one kind of message. Made by `on`. */
export type Reaction = {
  readonly message: DescMessage;
  readonly react: (message: never, meta: MessageMeta, tx: Tx) => Promise<void>;
};

/**
 * A reaction to one event: runs in one transaction with the inbox entry, and with those of other events that came at the same
 * time; a throw takes all of that back, and the events are taken one by one: what throws again is redelivered with backoff.
 */
export function on<D extends DescMessage>(
  message: D,
  react: (message: MessageShape<D>, meta: MessageMeta, tx: Tx) => Promise<void>,
): Reaction {
  return { message, react: react as Reaction["react"] };
}

/** A durable reader of one owner's events, shared by the service's replicas. */
export type SharedConsumer = {
  readonly kind: "shared";
  /** Unique in the service; names the durable consumer and the inbox. Never rename it. */
  readonly name: string;
  /** `latest` skips an event older than one seen of its aggregate; `each` takes all, in any order; `in-order` one after another, a transaction each. */
  readonly order: "latest" | "each" | "in-order";
  /** All of one owner's package. */
  readonly reactions: readonly Reaction[];
  /** Failures in one process before a message becomes a dead letter; deaths with it in hand, and what others are away for, are none. Default 8. */
  readonly maxFailures?: number;
};

/** A reader in every process, from now on, without memory: for in-process caches, embedded indexes, live streams. */
export type EveryInstanceConsumer = {
  readonly kind: "every-instance";
  readonly name: string;
  readonly reactions: readonly InstanceReaction[];
};

/** What every process does with one kind of event; no transaction, no retry. */
export type InstanceReaction = {
  readonly message: DescMessage;
  readonly react: (message: never, meta: MessageMeta) => void | Promise<void>;
};

/** A reaction of every process to one event. */
export function onEach<D extends DescMessage>(
  message: D,
  react: (message: MessageShape<D>, meta: MessageMeta) => void | Promise<void>,
): InstanceReaction {
  return { message, react: react as InstanceReaction["react"] };
}

/** A consumer of events. */
export type Consumer = SharedConsumer | EveryInstanceConsumer;

/** A worker on the service's own queue of one kind of task. */
export type TaskWorker = {
  readonly task: DescMessage;
  readonly work: (task: never, meta: MessageMeta, origin: Origin) => Promise<void>;
  /** Tasks done side by side in one process. Default 4. */
  readonly concurrency?: number;
  /** Default 8. */
  readonly maxFailures?: number;
};

/**
 * A worker: `work` must be repeatable (a task is delivered at least once), may call the outside, and opens its own
 * transactions. `origin` acts as the service. A throw redelivers with backoff.
 */
export function worker<D extends DescMessage>(
  task: D,
  work: (task: MessageShape<D>, meta: MessageMeta, origin: Origin) => Promise<void>,
  options: Pick<TaskWorker, "concurrency" | "maxFailures"> = {},
): TaskWorker {
  return { task, work: work as TaskWorker["work"], ...options };
}
