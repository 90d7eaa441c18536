import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
} from "@nats-io/jetstream";
import { nanos } from "nats";
import { LeanSet } from "@shopmesh/kernel";
import { backoffMs } from "../backoff.ts";
import type { Log } from "../log.ts";
import { withoutTrace } from "../telemetry/spans.ts";
import { tell } from "./delivery.ts";
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

/** NATS delivers again what shows no sign of life. */
const ALIVE_MS = 1_000;

/** What a subscription works on. */
export type SubscribeOptions = {
  readonly nats: Nats;
  readonly reader: Reader;
  readonly log: Log;
  /** Takes messages, at most the reader's batch, and answers them. Never throws. */
  readonly handle: (messages: readonly JsMsg[]) => Promise<void>;
};

/**
 * Hands `handle` the reader's messages: what comes while it is at work makes its next batch; a reader of single ones has
 * as many at work as it may have in hand. One pull is open at any time, for what there is room for.
 */
export function subscribe(options: SubscribeOptions): Subscription {
  const { reader, handle } = options;
  const workers = reader.batch === 1 ? reader.inHand : 1;
  const waiting: JsMsg[] = [];
  const inHand = new LeanSet<JsMsg>();
  const working = new LeanSet<Promise<void>>();
  const hasRoom = createWait();
  let isSoon = false;

  const source = createSource(options, {
    hear(message) {
      inHand.add(message);
      waiting.push(message);
      if (isSoon) return;
      isSoon = true;
      // What came in the same piece of the connection is heard by then.
      setImmediate(begin);
    },
    room: () => reader.inHand - inHand.size,
    untilRoom: () => hasRoom.for(PULL_MS),
  });

  function begin(): void {
    isSoon = false;
    while (working.size < workers && waiting.length > 0) {
      const work = handOver(waiting.splice(0, reader.batch)).finally(() => {
        working.delete(work);
        begin();
      });
      working.add(work);
    }
  }

  async function handOver(messages: readonly JsMsg[]): Promise<void> {
    await handle(messages);
    for (const message of messages) inHand.delete(message);
    hasRoom.end();
  }

  async function finish(): Promise<void> {
    begin();
    while (working.size > 0) await Promise.allSettled(working);
  }

  const alive = setInterval(() => inHand.forEach((message) => tell(() => message.working())), ALIVE_MS);
  const reading = withoutTrace(source.read);
  return {
    isAttached: source.isAttached,
    async stop() {
      source.stop();
      hasRoom.end();
      const bound = createWait();
      await Promise.race([reading.then(finish), bound.for(STOP_MS)]);
      bound.end();
      clearInterval(alive);
    },
  };
}

/** Whoever takes what a source reads. */
type Listener = {
  hear(message: JsMsg): void;
  /** How many more may come. */
  room(): number;
  /** Resolves when there may be some. */
  untilRoom(): Promise<void>;
};

type Source = {
  /** Reads until stopped. */
  read(): Promise<void>;
  isAttached(): boolean;
  stop(): void;
};

/** Where a reader's messages come from. Missing streams and consumers are made, also while it runs: NATS may come back with an empty store. */
function createSource({ nats, reader, log }: SubscribeOptions, listener: Listener): Source {
  const wait = createWait();
  let consumer: Promise<Consumer> | undefined;
  let pulled: ConsumerMessages | undefined;
  let isAttached = false;
  let isStopped = false;

  async function attach(): Promise<Consumer> {
    await ensureStream(nats, reader.stream);
    await ensureConsumer(nats, reader);
    const found = await nats.jetstream.consumers.get(reader.stream.name, reader.durable);
    isAttached = true;
    return found;
  }

  async function pull(room: number): Promise<void> {
    consumer ??= attach();
    pulled = await (await consumer).fetch({ max_messages: Math.min(reader.batch, room), expires: PULL_MS });
    if (isStopped) pulled.stop();
    for await (const message of pulled) listener.hear(message);
  }

  const forget = nats.onReconnect(() => {
    // Perhaps to a server that knows nothing of us: what waits now would wait in vain.
    consumer = undefined;
    pulled?.stop();
    wait.end();
  });
  return {
    isAttached: () => isAttached,
    async read() {
      for (let failures = 0; !isStopped; ) {
        const room = listener.room();
        try {
          if (room > 0) await pull(room);
          else await listener.untilRoom();
          failures = 0;
        } catch (error) {
          consumer = undefined;
          isAttached = false;
          failures += 1;
          if (failures === 2) log.warn("a consumer cannot read", { consumer: reader.durable }, error);
          await wait.for(backoffMs(failures, AWAY_BACKOFF, Math.random()));
        }
      }
    },
    stop() {
      isStopped = true;
      forget();
      pulled?.stop();
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
