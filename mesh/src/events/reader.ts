import { type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { DomainError } from "@shopmesh/kernel";
import type { MessageMeta, Reaction, SharedConsumer, TaskWorker } from "../consumer.ts";
import type { Database } from "../database/database.ts";
import type { Origin } from "../handler.ts";
import type { Tx } from "../sql.ts";
import { type Envelope, metaOf, typeNameOf } from "./envelope.ts";
import { areFirstTime, isFirstTime, isNewest } from "./inbox.ts";
import { inSpanOf } from "./process-span.ts";
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
  /** Most that are taken at once, in one transaction; others come while those are taken. */
  readonly batch: number;
  /** Most that one process has in hand. */
  readonly inHand: number;
  /** Delivered and unanswered, over all replicas. */
  readonly maxUnanswered: number;
  readonly maxFailures: number;
  readonly backoff: { readonly firstMs: number; readonly maxMs: number };
  /**
   * Takes one message: returns when its effect is committed, or was before. `finish` joins the transaction of the effect
   * (a worker's is its own, after the work). Throws DomainError MESSAGE_UNREADABLE for what can never be taken.
   */
  readonly take: (envelope: Envelope, finish?: (tx: Tx) => Promise<void>) => Promise<void>;
  /**
   * Takes several by one transaction, in their order; undefined where each is taken alone. Throws where one of them cannot be
   * taken, or was before: nothing came of any then, and each is to be taken alone.
   */
  readonly takeAll?: (envelopes: readonly Envelope[]) => Promise<void>;
};

/** What readers need of their service. */
export type ReaderDeps = {
  readonly service: string;
  readonly region: string;
  readonly transaction: Database["transaction"];
  /** An origin that acts as the service. */
  readonly origin: (options: { timeoutMs: number; requestId?: string }) => Origin;
};

const MAX_FAILURES = 8;
/** Few enough that their transaction is short. */
const BATCH = 32;
const WORKER_CONCURRENCY = 4;
const WORK_MS = 10 * 60_000;
const EVENT_BACKOFF = { firstMs: 500, maxMs: 60_000 };
/** Work meets the outside, which stays away for longer. */
const WORK_BACKOFF = { firstMs: 1_000, maxMs: 300_000 };

/** The reader of a shared consumer of events. */
export function eventReader(definition: SharedConsumer, deps: ReaderDeps): Reader {
  const { name, order, reactions, maxFailures } = definition;
  const owner = ownerOfAll(
    name,
    reactions.map(({ message }) => message),
  );
  const taker = { durable: `${deps.service}-${name}`, service: deps.service };
  const byType = new Map(reactions.map((reaction) => [reaction.message.typeName, reaction]));
  return {
    name,
    durable: taker.durable,
    stream: eventStream(deps.region, owner),
    filter: filterOf(
      owner,
      reactions.map(({ message }) => message),
    ),
    messages: reactions.map(({ message }) => message),
    batch: order === "in-order" ? 1 : BATCH,
    inHand: order === "in-order" ? 1 : 2 * BATCH,
    maxUnanswered: order === "in-order" ? 1 : 1_000,
    maxFailures: maxFailures ?? MAX_FAILURES,
    backoff: EVENT_BACKOFF,
    async take(envelope, finish) {
      const given = givenOf(envelope, byType);
      if (given === undefined) return;
      await deps.transaction(async (tx) => {
        if (await isFirstTime(tx, name, given.meta)) await react(tx, definition, given);
        await finish?.(tx);
      });
    },
    async takeAll(envelopes) {
      const all = envelopes.map((envelope) => ({ envelope, given: givenOf(envelope, byType) }));
      const metas = all.flatMap(({ given }) => given?.meta ?? []);
      await deps.transaction(async (tx) => {
        if (!(await areFirstTime(tx, name, metas))) throw new Error("one of them was taken before");
        for (const { envelope, given } of all) {
          if (given !== undefined) await inSpanOf(envelope, taker, () => react(tx, definition, given));
        }
      });
    },
  };
}

/** The reader of a worker's tasks, on the queue of its service. */
export function taskReader({ task, work, concurrency, maxFailures }: TaskWorker, deps: ReaderDeps): Reader {
  const stream = taskStream(deps.region, deps.service);
  return {
    name: task.name,
    durable: `${deps.service}-${task.typeName.replaceAll(".", "-")}`,
    stream,
    filter: `tasks.${deps.service}.${task.typeName}`,
    messages: [task],
    batch: 1,
    inHand: concurrency ?? WORKER_CONCURRENCY,
    maxUnanswered: 1_000,
    maxFailures: maxFailures ?? MAX_FAILURES,
    backoff: WORK_BACKOFF,
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

type Given = { readonly reaction: Reaction; readonly message: Message; readonly meta: MessageMeta };

function givenOf(envelope: Envelope, byType: ReadonlyMap<string, Reaction>): Given | undefined {
  const reaction = byType.get(typeNameOf(envelope.subject));
  if (reaction === undefined) return undefined;
  return { reaction, message: decode(reaction.message, envelope), meta: metaOf(envelope) };
}

async function react(tx: Tx, { name, order }: SharedConsumer, { reaction, message, meta }: Given): Promise<void> {
  if (order === "latest" && !(await isNewest(tx, name, meta))) return;
  // A reaction is stored with its type forgotten; `on` and `byType` pair it with its own message.
  await reaction.react(message as never, meta, tx);
}
