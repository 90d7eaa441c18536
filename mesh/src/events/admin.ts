import type { DescMessage } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { EventAdminService } from "@shopmesh/contracts/shop/mesh/v1/event_admin_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers } from "../handler.ts";
import type { SqlValue, Tx } from "../sql.ts";
import { cutPage, idPart, numberPart, readPage, textPart } from "../paging.ts";
import { type EventAdminDeps, showDeadLetter, showStreams } from "./admin-views.ts";
import { dropDeadLetters, listDeadLetters } from "./dead-letters.ts";

const RESYNC_BATCH = 200;

const streamPages = { standard: 50, most: 200, key: [textPart] } as const;
const letterPages = { standard: 50, most: 200, key: [numberPart, idPart] } as const;

/** EventAdminService of the service of `deps`. */
export function eventAdminHandlers(deps: EventAdminDeps): Handlers<typeof EventAdminService> {
  const { database } = deps;
  return {
    async listStreams(request) {
      checkService(request.service, deps);
      return listStreams(request, deps);
    },
    async listDeadLetters(request) {
      checkService(request.service, deps);
      return listLetters(request, deps);
    },
    async redriveDeadLetters({ service, deadLetterIds, consumer }) {
      checkService(service, deps);
      const consumers = deps.consumers();
      if (consumers === undefined) throw new DomainError("unavailable", "STARTING");
      const redrivenCount = await consumers.redrive({
        ...(deadLetterIds.length === 0 ? {} : { ids: deadLetterIds }),
        ...(consumer === "" ? {} : { consumer }),
      });
      return { redrivenCount };
    },
    async dropDeadLetters({ service, deadLetterIds }) {
      checkService(service, deps);
      return { droppedCount: await dropDeadLetters(database.sql, deadLetterIds) };
    },
    async replayOutbox({ service, messageName, startTime, endTime }) {
      checkService(service, deps);
      const replayedCount = await replay(deps, { messageName, startTime, endTime });
      deps.relay()?.wake();
      return { replayedCount: BigInt(replayedCount) };
    },
    async resync({ service, messageName, aggregateId }) {
      checkService(service, deps);
      return { emittedCount: BigInt(await resync(deps, { messageName, aggregateId })) };
    },
  };
}

async function listStreams(request: Paged, deps: EventAdminDeps) {
  const page = readPage(request, streamPages);
  const [after] = page.after ?? [];
  const streams = await showStreams(deps);
  const rest = streams.filter(({ name }) => after === undefined || name > after);
  const { rows, nextPageToken } = cutPage(rest, page, ({ name }) => [name]);
  const lag = await deps.relay()?.lag();
  return {
    streams: [...rows],
    nextPageToken,
    outboxCount: BigInt(lag?.count ?? 0),
    outboxAgeMs: BigInt(Math.round(lag?.oldestAgeMs ?? 0)),
  };
}

async function listLetters(request: Paged & { readonly consumer: string }, deps: EventAdminDeps) {
  const page = readPage(request, letterPages);
  const [createMs, id] = page.after ?? [];
  const after = createMs === undefined || id === undefined ? {} : { after: { createMs, id } };
  const found = await listDeadLetters(deps.database.sql, { consumer: request.consumer, limit: page.limit, ...after });
  const { rows, nextPageToken } = cutPage(found, page, (letter) => [letter.create_ms, letter.id]);
  const messages = messagesOf(deps);
  return { deadLetters: rows.map((row) => showDeadLetter(row, messages)), nextPageToken };
}

type Paged = { readonly pageSize: number; readonly pageToken: string };

// The gateway chooses the service by the field; whoever asks the wrong one learns it here.
function checkService(asked: string, { definition }: EventAdminDeps): void {
  if (asked !== definition.name) throw new DomainError("not-found", "SERVICE_NOT_FOUND", { service: asked });
}

function messagesOf(deps: EventAdminDeps): ReadonlyMap<string, DescMessage> {
  const messages = deps.consumers()?.readers.flatMap((reader) => reader.messages) ?? [];
  return new Map(messages.map((message) => [message.typeName, message]));
}

type Replay = {
  readonly messageName: string;
  readonly startTime: Timestamp | undefined;
  readonly endTime: Timestamp | undefined;
};

function replay({ database }: EventAdminDeps, { messageName, startTime, endTime }: Replay): Promise<number> {
  const conditions = ["published_ms IS NOT NULL"];
  const values: SqlValue[] = [];
  if (messageName !== "") {
    // An event's subject is its name, a task's ends with it.
    conditions.push("(subject = ? OR subject LIKE CONCAT('tasks.%.', ?))");
    values.push(messageName, messageName);
  }
  if (startTime !== undefined) {
    conditions.push("create_ms >= ?");
    values.push(timestampMs(startTime));
  }
  if (endTime !== undefined) {
    conditions.push("create_ms < ?");
    values.push(timestampMs(endTime));
  }
  return database.sql.execute(`UPDATE mesh_outbox SET published_ms = NULL WHERE ${conditions.join(" AND ")}`, values);
}

type Chosen = { readonly messageName: string; readonly aggregateId: string };

/** Writes the service's present state to the outbox, a transaction a batch; how many events that were. */
async function resync({ parts, database }: EventAdminDeps, chosen: Chosen): Promise<number> {
  const { resync: emitBatch } = parts;
  if (emitBatch === undefined) throw new DomainError("unimplemented", "RESYNC_NOT_SUPPORTED");
  let count = 0;
  let cursor = "";
  let isDone = false;
  while (!isDone) {
    const batch = await database.transaction(async (tx) => {
      const counted = countEmits(tx, chosen);
      return { ...(await emitBatch(counted.tx, cursor, RESYNC_BATCH)), count: counted.count() };
    });
    count += batch.count;
    ({ cursor, isDone } = batch);
  }
  return count;
}

/** `tx`, which emits only what was chosen, and counts it. */
function countEmits(tx: Tx, { messageName, aggregateId }: Chosen): { readonly tx: Tx; readonly count: () => number } {
  let count = 0;
  const emit: Tx["emit"] = (event, fields, aggregate) => {
    if (messageName !== "" && event.typeName !== messageName) return;
    if (aggregateId !== "" && aggregate.id !== aggregateId) return;
    count += 1;
    tx.emit(event, fields, aggregate);
  };
  return { tx: { ...tx, emit }, count: () => count };
}
