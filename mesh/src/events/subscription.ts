import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos } from "nats";
import { backoffMs } from "../database/backoff.ts";
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

const ACK_WAIT_MS = 10_000;
const PULL_MS = 10_000;
const STOP_MS = 10_000;
const AWAY_BACKOFF = { firstMs: 100, maxMs: 3_000 };

/**
 * Hands `handle` the reader's messages, up to its concurrency side by side, and answers nothing itself. Missing streams and
 * consumers are made, also while it runs: NATS may come back with an empty store. One pull waits at any time, and each
 * message that comes starts the next: nothing is held here that another replica could take.
 */
export function subscribe(options: {
  readonly nats: Nats;
  readonly reader: Reader;
  readonly log: Log;
  readonly handle: (message: JsMsg) => Promise<void>;
}): Subscription {
  const { nats, reader, log, handle } = options;
  const wait = createWait();
  const pulls = new Set<Promise<void>>();
  let consumer: Promise<Consumer> | undefined;
  let waiting: ConsumerMessages | undefined;
  let isAttached = false;
  let isStopped = false;
  let isPulling = false;
  let failures = 0;

  async function attach(): Promise<Consumer> {
    await ensureStream(nats, reader.stream);
    await ensureConsumer(nats, reader);
    const found = await nats.jetstream.consumers.get(reader.stream.name, reader.durable);
    isAttached = true;
    return found;
  }

  async function next(): Promise<JsMsg | undefined> {
    consumer ??= attach();
    waiting = await (await consumer).fetch({ max_messages: 1, expires: PULL_MS });
    if (isStopped) waiting.stop();
    for await (const message of waiting) return message;
    return undefined;
  }

  async function failed(error: unknown): Promise<void> {
    consumer = undefined;
    isAttached = false;
    failures += 1;
    if (failures === 2)
      log.warn(
        "a consumer cannot read its stream",
        { consumer: reader.durable, stream: reader.stream.name },
        error,
      );
    await wait.for(backoffMs(failures, AWAY_BACKOFF, Math.random()));
  }

  /** Pulls until a message comes, lets the next pull begin, then handles it. */
  async function pull(): Promise<void> {
    let message: JsMsg | undefined;
    while (message === undefined && !isStopped) {
      try {
        message = await next();
        failures = 0;
      } catch (error) {
        await failed(error);
      }
    }
    isPulling = false;
    if (message === undefined) return;
    const handled = handle(message);
    begin();
    await handled;
  }

  function begin(): void {
    if (isStopped || isPulling || pulls.size >= reader.concurrency) return;
    isPulling = true;
    const pulling = pull().finally(() => {
      pulls.delete(pulling);
      begin();
    });
    pulls.add(pulling);
  }

  const forget = nats.onReconnect(() => {
    // Perhaps to a server that knows nothing of us: what waits now would wait in vain.
    consumer = undefined;
    waiting?.stop();
    wait.end();
  });
  begin();
  return {
    isAttached: () => isAttached,
    async stop() {
      isStopped = true;
      forget();
      waiting?.stop();
      wait.end();
      const bound = createWait();
      await Promise.race([Promise.allSettled(pulls), bound.for(STOP_MS)]);
      bound.end();
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
  } else if (present.config.max_ack_pending !== reader.maxUnanswered) {
    await consumers.update(stream, reader.durable, { max_ack_pending: reader.maxUnanswered });
  }
}

function configOf(reader: Reader): Partial<ConsumerConfig> {
  return {
    durable_name: reader.durable,
    filter_subject: reader.filter,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ACK_WAIT_MS),
    max_ack_pending: reader.maxUnanswered,
    // Deliveries are counted by us: NATS would drop the message where we keep it as a dead letter.
    max_deliver: -1,
  };
}
