import type { JetStreamPublishOptions } from "@nats-io/jetstream";
import type { Clock } from "@shopmesh/kernel";
import { headers as natsHeaders } from "nats";
import { backoffMs } from "../backoff.ts";
import type { Database, OutboxRow } from "../database/database.ts";
import { position } from "../failpoint.ts";
import type { Log } from "../log.ts";
import type { Sql } from "../sql.ts";
import { observeGauge } from "../telemetry/metrics.ts";
import { injectActiveTrace, withSpan } from "../telemetry/spans.ts";
import { createLoop } from "./loop.ts";
import type { Nats } from "./nats.ts";
import { createOutboxStreams, type OutboxStreams } from "./outbox-streams.ts";

/** Publishes what a service's transactions said. */
export type Relay = {
  /** Something was committed to the outbox; patient: it may go out half a second later. Cheap; many calls make one pass. */
  wake(isPatient?: boolean): void;
  start(): void;
  /** Publishes what is there, for a bounded time, and ends. */
  stop(): Promise<void>;
  lag(): Promise<OutboxLag>;
};

/** What waits to be published. */
export type OutboxLag = { readonly count: number; readonly oldestAgeMs: number };

/** What a relay works on. */
export type RelayOptions = {
  readonly service: string;
  readonly region: string;
  readonly sql: Sql;
  readonly transaction: Database["transaction"];
  readonly nats: Nats;
  readonly log: Log;
  readonly clock: Clock;
  /** Resolves soon, when what is said meanwhile may go out together. Default: at once. */
  readonly gathered?: () => Promise<void>;
};

const BATCH = 200;
const LOCK_FREE = `SELECT id, message_id, subject, aggregate_id, version, headers, payload, create_ms FROM mesh_outbox
  WHERE published_ms IS NULL ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;
const PENDING = `SELECT id FROM mesh_outbox WHERE published_ms IS NULL ORDER BY id LIMIT ${BATCH}`;
const ANY = "SELECT 1 AS waits FROM mesh_outbox WHERE published_ms IS NULL LIMIT 1";
/** Who commits tells its relay; looked for is only what a process left that died before it was told. */
const POLL_MS = 2_000;
/** As the contract's `patient` promises. */
const PATIENT_MS = 500;
const CHECK_STREAMS_MS = 60_000;
const SWEEP_MS = 60_000;
const SWEEP_BATCH = 1_000;
const ACK_MS = 5_000;
const FLUSH_MS = 5_000;
const AWAY_BACKOFF = { firstMs: 100, maxMs: 5_000 };
const BUSY_MS = 25;
/** Published rows stay for refills. Real time: NATS too forgets by the real clock. */
const KEPT_MS = 3 * 24 * 3_600_000;

/** What one pass came to: how many it published, or that another replica is at it. */
type Pass = { readonly published: number; readonly failed: number; readonly isBusy: boolean };
const nothing: Pass = { published: 0, failed: 0, isBusy: false };

/** A relay of `service`'s outbox; any number of replicas may run one. */
export function createRelay(options: RelayOptions): Relay {
  const { service, sql, nats, log, clock } = options;
  const streams = createOutboxStreams(options);
  const lag = () => readLag(sql, clock);
  let failures = 0;
  let sweptMs = 0;
  let checkedMs = 0;
  let isTold = false;

  async function run(): Promise<number> {
    // Not with rows locked while NATS is known to be away.
    if (!nats.isConnected()) return POLL_MS;
    await options.gathered?.();
    try {
      if (Date.now() - checkedMs > CHECK_STREAMS_MS) {
        await streams.refillNew();
        checkedMs = Date.now();
      }
      const isWanted = isTold || (await sql.row(ANY)) !== undefined;
      isTold = false;
      const pass = isWanted ? await publishBatch(options, streams) : nothing;
      if (Date.now() - sweptMs > SWEEP_MS) {
        sweptMs = Date.now();
        await sweep(sql);
      }
      if (pass.failed > 0) throw new Error(`${pass.failed} messages were not acknowledged`);
      failures = 0;
      if (pass.isBusy) return BUSY_MS;
      return pass.published === BATCH ? 0 : POLL_MS;
    } catch (error) {
      failures += 1;
      if (failures === 1) log.warn("the outbox cannot be published", { service }, error);
      return backoffMs(failures, AWAY_BACKOFF, Math.random());
    }
  }

  const loop = createLoop(run);
  function wake(isPatient = false): void {
    isTold = true;
    loop.wake(isPatient ? PATIENT_MS : 0);
  }
  const forget = nats.onReconnect(() => {
    checkedMs = 0;
    failures = 0;
    wake();
  });
  observeLag(service, lag);
  return {
    wake,
    start: loop.start,
    async stop() {
      forget();
      await loop.stop();
      await flush(options, streams);
    },
    lag,
  };
}

/** Two gauges of one reading. */
function observeLag(service: string, lag: () => Promise<OutboxLag>): void {
  const labels = { service };
  let reading: Promise<OutboxLag> | undefined;
  const read = (): Promise<OutboxLag> => (reading ??= lag().finally(() => (reading = undefined)));
  observeGauge("mesh.outbox.pending", "Messages that wait in the outbox.", async () => [
    { value: (await read()).count, labels },
  ]);
  observeGauge("mesh.outbox.oldest_age", "Age of the oldest of them, in milliseconds.", async () => [
    { value: (await read()).oldestAgeMs, labels },
  ]);
}

async function readLag(sql: Sql, clock: Clock): Promise<OutboxLag> {
  const row = await sql.row<{ pending: string | number; oldest: string | null }>(
    "SELECT COUNT(*) AS pending, MIN(create_ms) AS oldest FROM mesh_outbox WHERE published_ms IS NULL",
  );
  const oldest = row?.oldest ?? null;
  return {
    count: Number(row?.pending ?? 0),
    oldestAgeMs: oldest === null ? 0 : Math.max(0, clock() - Number(oldest)),
  };
}

async function flush(options: RelayOptions, streams: OutboxStreams): Promise<void> {
  const untilMs = Date.now() + FLUSH_MS;
  while (options.nats.isConnected() && Date.now() < untilMs) {
    try {
      const pass = await publishBatch(options, streams);
      // What another replica is at, it will finish.
      if (pass.isBusy || pass.failed > 0 || pass.published < BATCH) return;
    } catch (error) {
      options.log.warn("the outbox was not flushed", { service: options.service }, error);
      return;
    }
  }
}

/**
 * Publishes the oldest pending rows and marks them, while it holds their locks. Order: two relays must not hold two
 * stretches of the outbox at once, or the later one of an aggregate's events could go out first. So after locking what is
 * free a relay looks at what is pending: another's row before its own last means that another holds some, and it lets go.
 * Rows of one aggregate get their ids in the order of its versions, for its row is locked until commit.
 */
async function publishBatch(options: RelayOptions, streams: OutboxStreams): Promise<Pass> {
  return options.transaction(async (tx) => {
    const [locked = [], pending = []] = await tx.allRows({ statement: LOCK_FREE }, { statement: PENDING });
    const rows = locked as readonly OutboxRow[];
    if (rows.length === 0) return nothing;
    if (!holdsAll(rows, pending as readonly { readonly id: string }[])) return { ...nothing, isBusy: true };
    const published = await publishAll(rows, options, streams);
    if (published.length > 0)
      tx.executeLast("UPDATE mesh_outbox SET published_ms = ? WHERE id IN (?)", [Date.now(), published]);
    return { published: published.length, failed: rows.length - published.length, isBusy: false };
  });
}

/** Whether `locked` are the first of those that were pending once they were locked: no other relay holds one before them. */
function holdsAll(locked: readonly OutboxRow[], pending: readonly { readonly id: string }[]): boolean {
  return locked.every(({ id }, index) => pending[index]?.id === id);
}

/** The ids of the rows that NATS keeps now; the others are tried again. */
async function publishAll(
  rows: readonly OutboxRow[],
  options: RelayOptions,
  streams: OutboxStreams,
): Promise<string[]> {
  for (const subject of new Set(rows.map((row) => row.subject))) await streams.ensureFor(subject);
  // All at once: one connection keeps their order.
  const outcomes = await Promise.allSettled(rows.map((row) => publish(row, options)));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) {
    // Perhaps the stream is gone: look again before the next try.
    streams.forget();
    options.log.warn("nats did not take a message", { service: options.service }, failed.reason);
  }
  return rows.filter((_, index) => outcomes[index]?.status === "fulfilled").map((row) => row.id);
}

function publish(row: OutboxRow, { nats, service }: RelayOptions): Promise<unknown> {
  const fields = JSON.parse(row.headers) as Readonly<Record<string, string>>;
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(fields)) headers.set(name, value);
  const options: Partial<JetStreamPublishOptions> = {
    msgID: row.message_id,
    headers,
    timeout: ACK_MS,
    retries: 1,
  };
  const send = async (): Promise<void> => {
    await nats.jetstream.publish(row.subject, row.payload, options);
    position("after-publish", () => row.subject);
  };
  if (fields.traceparent === undefined) return send();
  const parent = { get: (name: string) => fields[name] };
  const attributes = {
    "messaging.system": "nats",
    "messaging.destination.name": row.subject,
    "messaging.message.id": row.message_id,
  };
  return withSpan(`publish ${row.subject}`, { kind: "producer", parent, service, attributes }, () => {
    injectActiveTrace({ set: (name, value) => headers.set(name, value) });
    return send();
  });
}

async function sweep(sql: Sql): Promise<void> {
  const beforeMs = Date.now() - KEPT_MS;
  const statement = `DELETE FROM mesh_outbox WHERE published_ms < ? LIMIT ${SWEEP_BATCH}`;
  for (let batch = 0; batch < 20; batch++) {
    if ((await sql.execute(statement, [beforeMs])) < SWEEP_BATCH) return;
  }
}
