import type { JsMsg } from "@nats-io/jetstream";
import type { MessageMeta } from "../consumer.ts";

/** A message as it travels: an event or a task, not yet decoded. */
export type Envelope = {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Uint8Array;
  /** 1 for the first delivery. */
  readonly attempt: number;
};

const MESSAGE_ID = "Nats-Msg-Id";

/** The envelope of a message from JetStream. */
export function envelopeOf(message: JsMsg): Envelope {
  const headers: Record<string, string> = {};
  for (const name of message.headers?.keys() ?? []) headers[name] = message.headers?.get(name) ?? "";
  return {
    subject: message.subject,
    headers,
    payload: message.data,
    attempt: message.info.deliveryCount,
  };
}

/** What travels beside the message. Headers that are not as the mesh writes them, a stranger's, count as absent. */
export function metaOf({ headers, attempt }: Envelope): MessageMeta {
  const version = headers["mesh-version"] ?? "";
  const timeMs = headers["mesh-time-ms"] ?? "";
  const id = headers[MESSAGE_ID] ?? "";
  return {
    // As the inbox keeps it.
    id: /^[\x21-\x7e]{1,64}$/.test(id) ? id : "",
    timeMs: /^\d{1,14}$/.test(timeMs) ? Number(timeMs) : 0,
    region: headers["mesh-region"] ?? "",
    aggregateId: headers["mesh-aggregate-id"] ?? "",
    version: /^\d+$/.test(version) ? BigInt(version) : 0n,
    attempt,
  };
}

/** The full name of the message that travels under `subject`: its end after "tasks.<receiver>.", or all of it. */
export function typeNameOf(subject: string): string {
  return subject.startsWith("tasks.") ? subject.split(".").slice(2).join(".") : subject;
}
