import { randomBytes } from "node:crypto";
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { RunDueSchema } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { uuidv7 } from "@shopmesh/kernel";
import type { Call, MessageMeta, Origin } from "@shopmesh/mesh";
import { silentLog, testDatabase } from "@shopmesh/mesh/testing";
import type { ExecutionContext } from "ava";
import { schedulerWorkers } from "../src/consumers.ts";
import { adminHandlers } from "../src/handlers/admin.ts";
import { scheduler } from "../src/service.ts";

export const START_MS = Date.UTC(2026, 10, 1);

type Answers = Readonly<Record<string, (request: never, call: Call) => Promise<unknown>>>;

/** Workers and handlers over a schema of their own, with a clock that the test moves. */
export async function schedulerWorld(t: ExecutionContext) {
  const time = { nowMs: START_MS };
  const clock = () => time.nowMs;
  const database = await testDatabase(t, { service: scheduler, clock });
  const { sql, transaction } = database;
  const deps = { sql, transaction, clock, log: silentLog, newId: () => uuidv7(clock(), randomBytes) };
  let onWake = (): void => undefined;
  const wake = () => onWake();
  const workers = schedulerWorkers({ ...deps, wake });
  const handlers = adminHandlers({ ...deps, wake }) as unknown as Answers;

  /** Hands a task to its worker, as said at `askedMs`. */
  async function give<D extends DescMessage>(
    task: D,
    fields: MessageInitShape<D>,
    askedMs = time.nowMs,
  ): Promise<void> {
    const meta: MessageMeta = { id: "m", timeMs: askedMs, region: "eu", aggregateId: "", version: 0n, attempt: 1 };
    const worker = workers.find((candidate) => candidate.task.typeName === task.typeName);
    if (worker === undefined) throw new Error(`no worker of ${task.typeName}`);
    await worker.work(create(task, fields) as never, meta, {} as Origin);
  }

  async function ask<M extends DescMethod>(
    method: M,
    request: MessageInitShape<M["input"]>,
  ): Promise<MessageShape<M["output"]>> {
    const handler = handlers[method.localName];
    if (handler === undefined) throw new Error(`no handler of ${method.name}`);
    const answer = await handler(create(method.input, request) as never, { sql, transaction } as unknown as Call);
    return create(method.output as DescMessage, answer as never) as MessageShape<M["output"]>;
  }

  /** The runs handed out, oldest first. */
  async function sent() {
    const rows = await sql.rows<{ payload: Buffer; subject: string; aggregate_id: string }>(
      "SELECT payload, subject, aggregate_id FROM mesh_outbox ORDER BY id",
    );
    return rows.map(({ payload, subject, aggregate_id: key }) => ({
      subject,
      key,
      task: fromBinary(RunDueSchema, payload),
    }));
  }

  return {
    time,
    database,
    deps,
    give,
    ask,
    sent,
    onWake(listener: () => void) {
      onWake = listener;
    },
  };
}
