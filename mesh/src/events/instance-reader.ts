import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import { backoffMs } from "../backoff.ts";
import type { EveryInstanceConsumer } from "../consumer.ts";
import type { Log } from "../log.ts";
import { withSpan } from "../telemetry/spans.ts";
import { envelopeOf, metaOf, typeNameOf } from "./envelope.ts";
import type { Nats } from "./nats.ts";
import { decode, filterOf, ownerOfAll } from "./reader.ts";
import { ensureStream, eventStream, findStream, type StreamSpec } from "./streams.ts";
import type { Subscription } from "./subscription.ts";
import { createWait } from "./wait.ts";

const AWAY_BACKOFF = { firstMs: 100, maxMs: 3_000 };
const LOST: ReadonlySet<string> = new Set(["stream_not_found", "consumer_not_found", "consumer_deleted"]);

/** What an every-instance consumer needs. */
export type InstanceReaderOptions = {
  readonly service: string;
  readonly region: string;
  readonly nats: Nats;
  readonly log: Log;
};

/** Follows an owner's events in this process, from now on; a failing reaction is logged and passed over. */
export function followInstance(definition: EveryInstanceConsumer, options: InstanceReaderOptions): Subscription {
  const wait = createWait();
  const state: State = { messages: undefined, isAttached: false, isStopped: false };

  async function run(): Promise<void> {
    for (let failures = 0; !state.isStopped; ) {
      try {
        await follow(definition, options, state);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 2) {
          options.log.warn("a consumer cannot read", { consumer: definition.name }, error);
        }
      }
      if (state.isStopped) return;
      await wait.for(backoffMs(Math.max(1, failures), AWAY_BACKOFF, Math.random()));
    }
  }

  const running = run();
  return {
    isAttached: () => state.isAttached,
    async stop() {
      state.isStopped = true;
      state.messages?.stop();
      wait.end();
      await running;
    },
  };
}

type State = { messages: ConsumerMessages | undefined; isAttached: boolean; isStopped: boolean };

/** Reads until stopped, or until the stream is not the one it began with. */
async function follow(definition: EveryInstanceConsumer, options: InstanceReaderOptions, state: State): Promise<void> {
  const { nats, region } = options;
  const descriptors = definition.reactions.map(({ message }) => message);
  const owner = ownerOfAll(definition.name, descriptors);
  const stream = eventStream(region, owner);
  const { createdMs } = await ensureStream(nats, stream);
  const consumer = await nats.jetstream.consumers.get(stream.name, {
    filter_subjects: filterOf(owner, descriptors),
    deliver_policy: DeliverPolicy.New,
  });
  const reading = await consumer.consume();
  state.messages = reading;
  if (state.isStopped) reading.stop();
  const forget = nats.onReconnect(() => void leaveIfNew(nats, stream, createdMs, reading));
  void leaveIfLost(reading);
  state.isAttached = true;
  try {
    for await (const message of reading) await react(message, definition, options);
  } finally {
    forget();
    state.isAttached = false;
  }
}

async function react(
  message: JsMsg,
  definition: EveryInstanceConsumer,
  { service, log }: InstanceReaderOptions,
): Promise<void> {
  const envelope = envelopeOf(message);
  const typeName = typeNameOf(envelope.subject);
  const reaction = definition.reactions.find((candidate) => candidate.message.typeName === typeName);
  if (reaction === undefined) return;
  const parent = { get: (name: string) => envelope.headers[name] };
  try {
    await withSpan(`follow ${typeName}`, { kind: "consumer", parent, service }, async () => {
      await reaction.react(decode(reaction.message, envelope) as never, metaOf(envelope));
    });
  } catch (error) {
    log.error("a reaction of this process failed", { consumer: definition.name, subject: envelope.subject }, error);
  }
}

// An ordered consumer asks for the number after its last one: a stream that was made anew would reach it late or never.
async function leaveIfNew(
  nats: Nats,
  stream: StreamSpec,
  createdMs: number,
  messages: ConsumerMessages,
): Promise<void> {
  const present = await findStream(nats, stream.name).catch(() => undefined);
  if (present?.createdMs !== createdMs) messages.stop();
}

async function leaveIfLost(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) {
    if (LOST.has(type)) messages.stop();
  }
}
