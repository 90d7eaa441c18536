import type { JsMsg } from "@nats-io/jetstream";
import { type Clock, isRefusal } from "@shopmesh/kernel";
import { errors } from "nats";
import { backoffMs } from "../backoff.ts";
import { position } from "../failpoint.ts";
import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import { createCounter } from "../telemetry/metrics.ts";
import { withOperation } from "../telemetry/spans.ts";
import { bury } from "./dead-letters.ts";
import { type Envelope, envelopeOf, typeNameOf } from "./envelope.ts";
import type { Failures } from "./failures.ts";
import { inSpanOf, operationOf } from "./process-span.ts";
import type { Reader } from "./reader.ts";

/** What answering messages needs. */
export type DeliveryDeps = {
  readonly service: string;
  readonly sql: Sql;
  readonly log: Log;
  readonly clock: Clock;
  /** The reader's. */
  readonly failures: Failures;
};

type Answer = "done" | "again" | "dead";

const handled = createCounter("mesh.events.handled", "Messages handled, by consumer and outcome.");

/**
 * Takes messages and answers each: acknowledged, given back with a delay, or, having failed too often, buried. Several are
 * taken by one transaction; where that fails (one of them is bad, or was taken before) one after another. Never throws.
 */
export async function deliver(messages: readonly JsMsg[], reader: Reader, deps: DeliveryDeps): Promise<void> {
  const given = messages.map((message) => ({ message, envelope: envelopeOf(message) }));
  const wanted = given.filter(({ envelope }) => isWanted(envelope, reader));
  const together = await takeTogether(
    wanted.map(({ envelope }) => envelope),
    reader,
    deps,
  );
  for (const { message, envelope } of given) {
    const outcome = isWanted(envelope, reader) ? (together ?? (await takeAlone(envelope, reader, deps))) : "done";
    answer(message, envelope, outcome, { reader, deps });
  }
}

function isWanted({ subject }: Envelope, { messages }: Reader): boolean {
  return messages.some(({ typeName }) => typeName === typeNameOf(subject));
}

/** What came of all of them; undefined where each is to be taken alone. */
async function takeTogether(
  envelopes: readonly Envelope[],
  { takeAll, name }: Reader,
  { log }: DeliveryDeps,
): Promise<Answer | undefined> {
  const [first] = envelopes;
  if (first === undefined || takeAll === undefined || envelopes.length < 2) return undefined;
  try {
    await withOperation(operationOf(first), () => takeAll(envelopes));
    return "done";
  } catch (error) {
    // Taken alone, the bad one tells why. Without the database none of them need be tried.
    if (!isRefusal(error, "DATABASE_UNAVAILABLE")) return undefined;
    log.warn("messages failed and are delivered again", { consumer: name, count: envelopes.length }, error);
    return "again";
  }
}

function answer(
  message: JsMsg,
  envelope: Envelope,
  outcome: Answer,
  { reader, deps }: { readonly reader: Reader; readonly deps: DeliveryDeps },
): void {
  handled.add(1, { service: deps.service, consumer: reader.name, outcome });
  const { tries, toldMs } = deps.failures.of(envelope);
  if (outcome !== "again") deps.failures.forget(envelope);
  if (outcome === "done") position("before-ack", () => `${reader.durable}/${typeNameOf(envelope.subject)}`);
  tell(() => {
    if (outcome === "again")
      message.nak(Math.max(toldMs, backoffMs(Math.max(1, tries), reader.backoff, Math.random())));
    else if (outcome === "dead") message.term();
    else message.ack();
  });
}

/** Says something of a message to NATS. A connection that is closed meanwhile cannot be told: it delivers again, and the inbox knows. */
export function tell(say: () => void): void {
  try {
    say();
  } catch (error) {
    const isClosing = error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError;
    if (!isClosing) throw error;
  }
}

function takeAlone(envelope: Envelope, reader: Reader, deps: DeliveryDeps): Promise<Answer> {
  const taker = { durable: reader.durable, service: deps.service };
  return inSpanOf(envelope, taker, () => take(envelope, reader, deps));
}

async function take(envelope: Envelope, reader: Reader, deps: DeliveryDeps): Promise<Answer> {
  try {
    await reader.take(envelope);
    return "done";
  } catch (error) {
    const { failures } = deps.failures.add(envelope, error);
    const fields = { consumer: reader.name, subject: envelope.subject, attempt: envelope.attempt, failures };
    const isHopeless = isRefusal(error, "MESSAGE_UNREADABLE");
    if (failures < reader.maxFailures && !isHopeless) {
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
