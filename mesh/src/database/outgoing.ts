import { createHash } from "node:crypto";
import {
  create,
  type DescMessage,
  getOption,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as options from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import type { Clock } from "@shopmesh/kernel";
import type { SqlValue } from "../sql.ts";
import { injectActiveTrace } from "../telemetry/spans.ts";

/** What a message needs beside its own fields. */
export type OutgoingWorld = {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly region: string;
};

/** A row that is to be INSERTed into mesh_outbox. */
export type NewOutboxRow = Readonly<Record<string, SqlValue>>;

/** The subject of an event is its full name. */
export function eventRow<D extends DescMessage>(
  event: D,
  fields: MessageInitShape<D>,
  aggregate: { readonly id: string; readonly version: number | bigint },
  world: OutgoingWorld,
): NewOutboxRow {
  return row({
    messageId: world.newId(),
    subject: event.typeName,
    aggregate,
    payload: toBinary(event, create(event, fields)),
    world,
  });
}

/** The subject of a task names the service whose queue it goes to; its id comes of `key`, so that the stream de-duplicates. */
export function taskRow<D extends DescMessage>(
  task: D,
  fields: MessageInitShape<D>,
  key: string,
  world: OutgoingWorld,
): NewOutboxRow {
  const message = create(task, fields);
  return row({
    messageId: taskMessageId(task, key),
    subject: taskSubject(task, receiverOf(task, message)),
    aggregate: { id: key, version: 0 },
    payload: toBinary(task, message),
    world,
  });
}

/** Whether nobody waits for an event of this kind. */
export function isPatient(event: DescMessage): boolean {
  return getOption(event, options.message).patient;
}

/** Where tasks of this kind wait for `receiver`. */
export function taskSubject(task: DescMessage, receiver: string): string {
  return `tasks.${receiver}.${task.typeName}`;
}

/** A UUID-shaped digest: the same for the same task and key. */
export function taskMessageId(task: DescMessage, key: string): string {
  const hex = createHash("sha256").update(`${task.typeName}\0${key}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
}

function receiverOf<D extends DescMessage>(task: D, message: MessageShape<D>): string {
  const { queue } = getOption(task, options.message);
  if (queue === "") return packageNoun(task);
  const field = task.fields.find(({ name }) => name === queue);
  const receiver = field === undefined ? undefined : (message as Record<string, unknown>)[field.localName];
  if (typeof receiver !== "string" || !/^[a-z][a-z0-9_-]*$/.test(receiver)) {
    throw new TypeError(`${task.typeName}.${queue} names no service`);
  }
  return receiver;
}

function packageNoun(message: DescMessage): string {
  const noun = message.typeName.split(".")[1];
  if (noun === undefined) throw new TypeError(`${message.typeName} is in no package shop.<noun>.v1`);
  return noun;
}

function row(outgoing: {
  readonly messageId: string;
  readonly subject: string;
  readonly aggregate: {
    readonly id: string;
    readonly version: number | bigint;
  };
  readonly payload: Uint8Array;
  readonly world: OutgoingWorld;
}): NewOutboxRow {
  const { aggregate, world } = outgoing;
  const nowMs = world.clock();
  const headers: Record<string, string> = {
    "mesh-time-ms": String(nowMs),
    "mesh-region": world.region,
    "mesh-aggregate-id": aggregate.id,
    "mesh-version": String(aggregate.version),
  };
  injectActiveTrace({
    set(name, value) {
      headers[name] = value;
    },
  });
  return {
    message_id: outgoing.messageId,
    subject: outgoing.subject,
    aggregate_id: aggregate.id,
    version: aggregate.version,
    headers: JSON.stringify(headers),
    payload: outgoing.payload,
    create_ms: nowMs,
  };
}
