import type { JsMsg } from "@nats-io/jetstream";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import { errors } from "nats";
import { backoffMs } from "../backoff.ts";
import { position } from "../failpoint.ts";
import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import { createCounter } from "../telemetry/metrics.ts";
import { withSpan } from "../telemetry/spans.ts";
import { bury } from "./dead-letters.ts";
import { type Envelope, envelopeOf, typeNameOf } from "./envelope.ts";
import type { Lanes } from "./lanes.ts";
import type { Reader } from "./reader.ts";

/** What answering messages needs. */
export type DeliveryDeps = {
  readonly service: string;
  readonly sql: Sql;
  readonly log: Log;
  readonly clock: Clock;
  readonly lanes: Lanes;
};

/** NATS delivers again after 4 s without a sign of life (ACK_WAIT_MS of subscription.ts). */
const ALIVE_MS = 1_000;

type Answer = "done" | "again" | "dead";

const handled = createCounter("mesh.events.handled", "Messages handled, by consumer and outcome.");

/** Takes one message and answers it: acknowledged, given back with a delay, or, after its last delivery, buried. Never throws. */
export async function deliver(message: JsMsg, reader: Reader, deps: DeliveryDeps): Promise<void> {
  const envelope = envelopeOf(message);
  const alive = setInterval(() => tell(() => message.working()), ALIVE_MS);
  try {
    const answer = await deps.lanes.run(reader.laneOf(envelope), () => takeInSpan(envelope, reader, deps));
    handled.add(1, { service: deps.service, consumer: reader.name, outcome: answer });
    if (answer === "done") position("before-ack", () => `${reader.durable}/${typeNameOf(envelope.subject)}`);
    const delayMs = backoffMs(envelope.attempt, reader.backoff, Math.random());
    tell(() => {
      if (answer === "again") message.nak(delayMs);
      else if (answer === "dead") message.term();
      else message.ack();
    });
  } finally {
    clearInterval(alive);
  }
}

// A connection that is closed meanwhile (the process ends) cannot be told; NATS delivers again, and the inbox knows.
function tell(answer: () => void): void {
  try {
    answer();
  } catch (error) {
    const isClosing = error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError;
    if (!isClosing) throw error;
  }
}

function takeInSpan(envelope: Envelope, reader: Reader, deps: DeliveryDeps): Promise<Answer> {
  const typeName = typeNameOf(envelope.subject);
  if (!reader.messages.some((message) => message.typeName === typeName)) return Promise.resolve("done");
  const attributes = {
    "messaging.system": "nats",
    "messaging.destination.name": envelope.subject,
    "messaging.consumer.group.name": reader.durable,
    "shop.attempt": envelope.attempt,
  };
  const parent = { get: (name: string) => envelope.headers[name] };
  return withSpan(
    `process ${typeName}`,
    { kind: "consumer", parent, service: deps.service, attributes },
    async (span) => {
      const answer = await take(envelope, reader, deps);
      span.setAttribute("shop.outcome", answer);
      return answer;
    },
  );
}

async function take(envelope: Envelope, reader: Reader, deps: DeliveryDeps): Promise<Answer> {
  try {
    await reader.take(envelope);
    return "done";
  } catch (error) {
    const fields = { consumer: reader.name, subject: envelope.subject, attempt: envelope.attempt };
    const isHopeless = isRefusal(error, "MESSAGE_UNREADABLE");
    if (envelope.attempt < reader.maxDeliveries && !isHopeless) {
      deps.log.warn("a message failed and is delivered again", fields, error);
      return "again";
    }
    return buryOrRetry(envelope, { reader, error, fields }, deps);
  }
}

async function buryOrRetry(
  envelope: Envelope,
  {
    reader,
    error,
    fields,
  }: {
    readonly reader: Reader;
    readonly error: unknown;
    readonly fields: Readonly<Record<string, string | number>>;
  },
  deps: DeliveryDeps,
): Promise<Answer> {
  try {
    await bury(deps.sql, reader.name, envelope, error, deps.clock());
    deps.log.error("a message is given up and kept as a dead letter", fields, error);
    return "dead";
  } catch (failure) {
    // Without the database there is no dead letter either: it stays in the stream.
    deps.log.error("a dead letter could not be kept", fields, failure);
    return "again";
  }
}
