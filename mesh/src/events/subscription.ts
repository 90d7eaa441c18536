import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos } from "nats";
import { backoffMs } from "../backoff.ts";
import type { Log } from "../log.ts";
import type { Nats } from "./nats.ts";
import type { Reader } from "./reader.ts";
import { ensureStream, isMissing } from "./streams.ts";
import { createWait } from "./wait.ts";

/** A reader at work on its stream. */
export type Subscription = {
  /** Whether its consumer stands. */
  isAttached(): boolean;
  /** Ends after the messages in hand; bounded. */
  stop(): Promise<void>;
};

/** How long who died keeps a message from the others. */
const ACK_WAIT_MS = 4_000;
const PULL_MS = 10_000;
const STOP_MS = 10_000;
const AWAY_BACKOFF = { firstMs: 100, maxMs: 3_000 };

/** What a subscription works on. */
export type SubscribeOptions = {
  readonly nats: Nats;
  readonly reader: Reader;
  readonly log: Log;
  readonly handle: (message: JsMsg) => Promise<void>;
};

/**
 * Hands `handle` the reader's messages, up to its concurrency side by side, and answers nothing itself. One pull waits at
 * any time, and each message that comes starts the next: nothing is held here that another replica could take.
 */
export function subscribe(options: SubscribeOptions): Subscription {
  const { reader, handle } = options;
  const source = createSource(options);
  const pulls = new Set<Promise<void>>();
  let isPulling = false;

  async function pull(): Promise<void> {
    const message = await source.next();
    isPulling = false;
    if (message === undefined) return;
    const handled = handle(message);
    begin();
    await handled;
  }

  function begin(): void {
    if (source.isStopped() || isPulling || pulls.size >= reader.concurrency) return;
    isPulling = true;
    const pulling = pull().finally(() => {
      pulls.delete(pulling);
      begin();
    });
    pulls.add(pulling);
  }

  begin();
  return {
    isAttached: source.isAttached,
    async stop() {
      source.stop();
      const bound = createWait();
      await Promise.race([Promise.allSettled(pulls), bound.for(STOP_MS)]);
      bound.end();
    },
  };
}

type Source = {
  /** The next message, waited for as long as it takes; undefined once stopped. One caller at a time. */
  next(): Promise<JsMsg | undefined>;
  isAttached(): boolean;
  isStopped(): boolean;
  stop(): void;
};

/** Where a reader's messages come from. Missing streams and consumers are made, also while it runs: NATS may come back with an empty store. */
function createSource({ nats, reader, log }: SubscribeOptions): Source {
  const wait = createWait();
  let consumer: Promise<Consumer> | undefined;
  let waiting: ConsumerMessages | undefined;
  let isAttached = false;
  let isStopped = false;

  async function attach(): Promise<Consumer> {
    await ensureStream(nats, reader.stream);
    await ensureConsumer(nats, reader);
    const found = await nats.jetstream.consumers.get(reader.stream.name, reader.durable);
    isAttached = true;
    return found;
  }

  async function pullOnce(): Promise<JsMsg | undefined> {
    consumer ??= attach();
    waiting = await (await consumer).fetch({ max_messages: 1, expires: PULL_MS });
    if (isStopped) waiting.stop();
    for await (const message of waiting) return message;
    return undefined;
  }

  const forget = nats.onReconnect(() => {
    // Perhaps to a server that knows nothing of us: what waits now would wait in vain.
    consumer = undefined;
    waiting?.stop();
    wait.end();
  });
  return {
    isAttached: () => isAttached,
    isStopped: () => isStopped,
    async next() {
      for (let failures = 0; !isStopped; ) {
        try {
          const message = await pullOnce();
          if (message !== undefined) return message;
          failures = 0;
        } catch (error) {
          consumer = undefined;
          isAttached = false;
          failures += 1;
          if (failures === 2) log.warn("a consumer cannot read", { consumer: reader.durable }, error);
          await wait.for(backoffMs(failures, AWAY_BACKOFF, Math.random()));
        }
      }
      return undefined;
    },
    stop() {
      isStopped = true;
      forget();
      waiting?.stop();
      wait.end();
    },
  };
}

async function ensureConsumer(nats: Nats, reader: Reader): Promise<void> {
  const { consumers } = nats.manager;
  const { name: stream } = reader.stream;
  const config = configOf(reader);
  const present = await consumers.info(stream, reader.durable).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (present === undefined) {
    await consumers.add(stream, config);
  } else if (present.config.filter_subject !== reader.filter) {
    // Other subjects: begin anew, the inbox knows what was had.
    await consumers.delete(stream, reader.durable);
    await consumers.add(stream, config);
  } else if (!isAsWanted(present.config, reader)) {
    await consumers.update(stream, reader.durable, changeableOf(reader));
  }
}

/** What may be changed of a consumer that an older version made. */
function changeableOf(reader: Reader): Required<Pick<ConsumerConfig, "ack_wait" | "max_ack_pending">> {
  return { ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: reader.maxUnanswered };
}

function isAsWanted(present: ConsumerConfig, reader: Reader): boolean {
  const wanted = changeableOf(reader);
  return present.ack_wait === wanted.ack_wait && present.max_ack_pending === wanted.max_ack_pending;
}

function configOf(reader: Reader): Partial<ConsumerConfig> {
  return {
    durable_name: reader.durable,
    filter_subject: reader.filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ...changeableOf(reader),
    // Deliveries are counted by us: NATS would drop the message where we keep it as a dead letter.
    max_deliver: -1,
  };
}
