import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import type { Nats } from "./nats.ts";
import { ensureStream, eventStream, type StreamSpec, streamOf } from "./streams.ts";

/** The streams that an outbox is published to. */
export type OutboxStreams = {
  /** The stream of `subject` stands; asked once. */
  ensureFor(subject: string): Promise<void>;
  /** Asks again about every stream. */
  forget(): void;
  /** Refills the streams that lost what the outbox published: new ones, on a store that was wiped. */
  refillNew(): Promise<void>;
};

const REFILL_BATCH = 2_000;
/** So long after a stream was made somebody may still note what went to the one before. */
const YOUNG_MS = 600_000;

/** The streams of `service`'s outbox, its own event stream among them. */
export function createOutboxStreams(options: {
  readonly service: string;
  readonly region: string;
  readonly sql: Sql;
  readonly nats: Nats;
  readonly log: Log;
}): OutboxStreams {
  const { service, region, sql, nats, log } = options;
  const known = new Map<string, StreamSpec>([eventStream(region, service)].map((spec) => [spec.name, spec]));
  const ensured = new Set<string>();
  const refilled = new Map<string, number>();
  let isOutboxRead = false;

  async function ensure(spec: StreamSpec): Promise<void> {
    known.set(spec.name, spec);
    const { createdMs } = await ensureStream(nats, spec);
    ensured.add(spec.name);
    if (refilled.get(spec.name) === createdMs && Date.now() - createdMs > YOUNG_MS) return;
    const count = await refill(sql, spec, createdMs);
    refilled.set(spec.name, createdMs);
    if (count > 0) log.warn("a new stream is refilled from the outbox", { service, stream: spec.name, count });
  }

  return {
    async ensureFor(subject) {
      const spec = streamOf(region, subject);
      if (!ensured.has(spec.name)) await ensure(spec);
    },
    forget: () => ensured.clear(),
    async refillNew() {
      if (!isOutboxRead) {
        const subjects = await sql.rows<{ subject: string }>("SELECT DISTINCT subject FROM mesh_outbox");
        for (const spec of subjects.map(({ subject }) => streamOf(region, subject))) known.set(spec.name, spec);
        isOutboxRead = true;
      }
      for (const spec of [...known.values()]) await ensure(spec);
    },
  };
}

/**
 * Marks what was published before the stream was made as still to be published: it went to a stream that is no more.
 * published_ms and a stream's creation are both real time; the inboxes of the readers skip what they have had.
 */
async function refill(sql: Sql, { subjects }: StreamSpec, createdMs: number): Promise<number> {
  const pattern = `${subjects.slice(0, -1).replaceAll("_", "\\_")}%`;
  let count = 0;
  while (true) {
    const batch = await sql.execute(
      `UPDATE mesh_outbox SET published_ms = NULL WHERE published_ms < ? AND subject LIKE ? LIMIT ${REFILL_BATCH}`,
      [createdMs, pattern],
    );
    count += batch;
    if (batch < REFILL_BATCH) return count;
  }
}
