import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type DeadLetterSchema,
  type EventStreamSchema,
} from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import { Kind } from "@shopmesh/contracts/shop/mesh/v1/options_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Database } from "../database/database.ts";
import { redact } from "../logging/redact.ts";
import type { ServiceDefinition, ServiceParts } from "../service.ts";
import type { Consumers, ReaderLag } from "./consume.ts";
import { countDeadLetters, type DeadLetterRow } from "./dead-letters.ts";
import { metaOf, typeNameOf } from "./envelope.ts";
import type { Nats } from "./nats.ts";
import { decode } from "./reader.ts";
import type { Relay } from "./relay.ts";
import { eventStream, findStream, type StreamSpec } from "./streams.ts";

/** What EventAdminService looks at and repairs: one service. */
export type EventAdminDeps = {
  readonly definition: Pick<ServiceDefinition, "name">;
  readonly parts: Pick<ServiceParts, "resync">;
  readonly ground: { readonly nats: Nats; readonly settings: { readonly region: string } };
  readonly database: Pick<Database, "sql" | "transaction">;
  /** Undefined until the service has begun. */
  readonly relay: () => Relay | undefined;
  readonly consumers: () => Consumers | undefined;
};

/** The streams that the service writes or reads and that stand, by name. */
export async function showStreams(
  deps: EventAdminDeps,
): Promise<(MessageInitShape<typeof EventStreamSchema> & { name: string })[]> {
  const lags = (await deps.consumers()?.lag()) ?? [];
  const own = eventStream(deps.ground.settings.region, deps.definition.name);
  const specs = new Map([own, ...lags.map(({ reader }) => reader.stream)].map((spec) => [spec.name, spec]));
  const letters = await countDeadLetters(deps.database.sql);
  const shown = await Promise.all([...specs.values()].map((spec) => showStream(deps, spec, lags, letters)));
  return shown.filter((stream) => stream !== undefined).sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function showStream(
  { ground }: EventAdminDeps,
  { name, kind }: StreamSpec,
  lags: readonly ReaderLag[],
  letters: ReadonlyMap<string, number>,
) {
  const standing = await findStream(ground.nats, name);
  if (standing === undefined) return undefined;
  const { state } = standing.info;
  return {
    name,
    kind: kind === "events" ? Kind.EVENT : Kind.TASK,
    messageCount: BigInt(state.messages),
    lastSequence: BigInt(state.last_seq),
    consumers: lags
      .filter(({ reader }) => reader.stream.name === name)
      .map(({ reader, pending, unanswered }) => ({
        name: reader.name,
        messageName: reader.messages.map(({ typeName }) => typeName).join(", "),
        pendingCount: BigInt(pending),
        unacknowledgedCount: BigInt(unanswered),
        deadLetterCount: BigInt(letters.get(reader.name) ?? 0),
      })),
  };
}

/** A dead letter as it is shown: its message as JSON where the type is known, without what is sensitive. */
export function showDeadLetter(
  row: DeadLetterRow,
  messages: ReadonlyMap<string, DescMessage>,
): MessageInitShape<typeof DeadLetterSchema> {
  const headers = JSON.parse(row.headers) as Readonly<Record<string, string>>;
  const envelope = { subject: row.subject, headers, payload: row.payload, attempt: row.deliveries };
  const meta = metaOf(envelope);
  const messageName = typeNameOf(row.subject);
  return {
    id: row.id,
    consumer: row.consumer,
    messageName,
    eventId: row.message_id,
    aggregateId: meta.aggregateId,
    attemptCount: row.deliveries,
    lastError: row.error,
    traceId: headers.traceparent?.split("-")[1] ?? "",
    payloadJson: payloadOf(messages.get(messageName), envelope),
    eventTime: timestampFromMs(meta.timeMs),
    createTime: timestampFromMs(Number(row.create_ms)),
  };
}

function payloadOf(message: DescMessage | undefined, envelope: Parameters<typeof decode>[1]): string {
  if (message === undefined) return "";
  try {
    return JSON.stringify(redact(message, decode(message, envelope)));
  } catch (error) {
    // A message that cannot be read is often why it is here.
    if (error instanceof DomainError) return "";
    throw error;
  }
}
