import { withSpan } from "../telemetry/spans.ts";
import { type Envelope, typeNameOf } from "./envelope.ts";

/** Who takes a message: the consumer's name at NATS, and its service. */
export type Taker = { readonly durable: string; readonly service: string };

/** The operation that taking a message is counted as. */
export function operationOf({ subject }: Envelope): string {
  return `process ${typeNameOf(subject)}`;
}

/** Runs `work` in a span of the message's own trace. */
export function inSpanOf<T extends string | void>(
  envelope: Envelope,
  { durable, service }: Taker,
  work: () => Promise<T>,
): Promise<T> {
  const attributes = {
    "messaging.system": "nats",
    "messaging.destination.name": envelope.subject,
    "messaging.consumer.group.name": durable,
    "shop.attempt": envelope.attempt,
  };
  const parent = { get: (name: string) => envelope.headers[name] };
  return withSpan(operationOf(envelope), { kind: "consumer", parent, service, attributes }, async (span) => {
    const outcome = await work();
    span.setAttribute("shop.outcome", outcome ?? "done");
    return outcome;
  });
}
