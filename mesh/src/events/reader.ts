import { type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import type { MessageMeta, Reaction, SharedConsumer, TaskWorker } from "../consumer.ts";
import type { Database } from "../database/database.ts";
import type { Origin } from "../handler.ts";
import type { Tx } from "../sql.ts";
import { type Envelope, metaOf, typeNameOf } from "./envelope.ts";
import { isFirstTime, isNewest } from "./inbox.ts";
import { eventStream, type StreamSpec, taskStream } from "./streams.ts";

/** A durable reader of a stream: what it is called, what it is given, what it does. */
export type Reader = {
  /** In the inbox and among the dead letters. */
  readonly name: string;
  /** The consumer's name at NATS. */
  readonly durable: string;
  readonly stream: StreamSpec;
  /** One subject, with or without a wildcard: NATS 2.9 knows no list. */
  readonly filter: string;
  /** What it takes; anything else of `filter` is skipped. */
  readonly messages: readonly DescMessage[];
  /** Side by side in one process. */
  readonly concurrency: number;
  /** Delivered and unanswered, over all replicas. */
  readonly maxUnanswered: number;
  readonly maxDeliveries: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  /** Messages of the same lane are taken one after another; undefined for none. */
  readonly laneOf: (envelope: Envelope) => string | undefined;
  /**
   * Takes one message: returns when its effect is committed, or was before. `finish` joins the transaction of the effect
   * (a worker's is its own, after the work). Throws DomainError MESSAGE_UNREADABLE for what can never be taken.
   */
  readonly take: (envelope: Envelope, finish?: (tx: Tx) => Promise<void>) => Promise<void>;
};

/** What readers need of their service. */
export type ReaderDeps = {
  readonly service: string;
  readonly region: string;
  readonly transaction: Database["transaction"];
  /** An origin that acts as the service. */
  readonly origin: (options: { timeoutMs: number; requestId?: string }) => Origin;
};

const MAX_DELIVERIES = 8;
const EACH_CONCURRENCY = 16;
const WORKER_CONCURRENCY = 4;
const WORK_MS = 10 * 60_000;
const EVENT_BACKOFF = { firstMs: 500, maxMs: 60_000 };
/** Work meets the outside, which stays away for longer. */
const WORK_BACKOFF = { firstMs: 1_000, maxMs: 300_000 };

/** The reader of a shared consumer of events. */
export function eventReader(definition: SharedConsumer, deps: ReaderDeps): Reader {
  const { name, order, reactions, maxDeliveries } = definition;
  const owner = ownerOfAll(
    name,
    reactions.map(({ message }) => message),
  );
  const byType = new Map(reactions.map((reaction) => [reaction.message.typeName, reaction]));
  return {
    name,
    durable: `${deps.service}-${name}`,
    stream: eventStream(deps.region, owner),
    filter: filterOf(
      owner,
      reactions.map(({ message }) => message),
    ),
    messages: reactions.map(({ message }) => message),
    concurrency: order === "in-order" ? 1 : EACH_CONCURRENCY,
    maxUnanswered: order === "in-order" ? 1 : 1_000,
    maxDeliveries: maxDeliveries ?? MAX_DELIVERIES,
    backoff: EVENT_BACKOFF,
    laneOf: (envelope) => (order === "latest" ? metaOf(envelope).aggregateId : undefined),
    async take(envelope, finish) {
      const reaction = byType.get(typeNameOf(envelope.subject));
      if (reaction === undefined) return;
      const message = decode(reaction.message, envelope);
      await deps.transaction(async (tx) => {
        await reactOnce(tx, { definition, reaction, message, meta: metaOf(envelope) });
        await finish?.(tx);
      });
    },
  };
}

/** The reader of a worker's tasks, on the queue of its service. */
export function taskReader({ task, work, concurrency, maxDeliveries }: TaskWorker, deps: ReaderDeps): Reader {
  const stream = taskStream(deps.region, deps.service);
  return {
    name: task.name,
    durable: `${deps.service}-${task.typeName.replaceAll(".", "-")}`,
    stream,
    filter: `tasks.${deps.service}.${task.typeName}`,
    messages: [task],
    concurrency: concurrency ?? WORKER_CONCURRENCY,
    maxUnanswered: 1_000,
    maxDeliveries: maxDeliveries ?? MAX_DELIVERIES,
    backoff: WORK_BACKOFF,
    laneOf: () => undefined,
    async take(envelope, finish) {
      const meta = metaOf(envelope);
      const message = decode(task, envelope);
      await work(message as never, meta, deps.origin({ timeoutMs: WORK_MS, requestId: meta.id }));
      if (finish !== undefined) await deps.transaction(finish);
    },
  };
}

/** The one owner of `messages`; throws for none or several. */
export function ownerOfAll(consumer: string, messages: readonly DescMessage[]): string {
  const owners = new Set(messages.map(({ typeName }) => typeName.split(".")[1] ?? ""));
  const [owner] = owners;
  if (owner === undefined || owners.size > 1) throw new TypeError(`consumer ${consumer} must take events of one owner`);
  return owner;
}

/** One subject that fits them all. */
export function filterOf(owner: string, messages: readonly DescMessage[]): string {
  const [only] = messages;
  return messages.length === 1 && only !== undefined ? only.typeName : `shop.${owner}.v1.>`;
}

/** The message in `envelope`; throws DomainError MESSAGE_UNREADABLE. */
export function decode(descriptor: DescMessage, { payload, headers }: Envelope): Message {
  try {
    if (metaOf({ payload, headers, subject: "", attempt: 0 }).id === "") throw new TypeError("it has no id");
    return fromBinary(descriptor, payload);
  } catch (error) {
    throw new DomainError("internal", "MESSAGE_UNREADABLE", { type: descriptor.typeName }, { cause: error });
  }
}

async function reactOnce(
  tx: Tx,
  given: {
    readonly definition: SharedConsumer;
    readonly reaction: Reaction;
    readonly message: Message;
    readonly meta: MessageMeta;
  },
): Promise<void> {
  const { definition, reaction, message, meta } = given;
  if (!(await isFirstTime(tx, definition.name, meta))) return;
  if (definition.order === "latest" && !(await isNewest(tx, definition.name, meta))) return;
  // A reaction is stored with its type forgotten; `on` and `byType` pair it with its own message.
  await reaction.react(message as never, meta, tx);
}
