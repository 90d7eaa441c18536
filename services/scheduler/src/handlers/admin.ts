import type { SchedulerAdminService } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Call, Handlers, ServiceContext } from "@shopmesh/mesh";
import { sendRun } from "../effects/loop.ts";
import { pause, type Run, resume, type Schedule } from "../schedule.ts";
import { insertRuns, listRuns } from "../store/runs.ts";
import { listSchedules, lockKnownSchedule, updateFired, updateSchedule } from "../store/schedules.ts";
import { runToProto, scheduleToProto, statesFromProto } from "./proto.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 200;

export type AdminDeps = Pick<ServiceContext, "clock" | "newId"> & {
  /** Tells the loop that something may be due sooner. */
  readonly wake: () => void;
};

/** What administrators see and do. */
export function adminHandlers({ clock, newId, wake }: AdminDeps): Handlers<typeof SchedulerAdminService> {
  return {
    async listSchedules({ pageSize, pageToken, service, states }, call) {
      const limit = limitOf(pageSize);
      // A service has no slash in its name; an id may have.
      const [, afterService, afterId] = read(pageToken, /^([a-z]+)\/(.+)$/s) ?? [];
      const after =
        afterService === undefined || afterId === undefined ? undefined : { service: afterService, id: afterId };
      const found = await listSchedules(call.sql, {
        service,
        states: statesFromProto(states),
        after,
        limit: limit + 1,
      });
      const schedules = found.slice(0, limit);
      return {
        schedules: schedules.map(scheduleToProto),
        nextPageToken: nextToken(found, schedules, (last) => `${last.service}/${last.id}`),
      };
    },
    async listRuns({ pageSize, pageToken, service, scheduleId }, call) {
      if (scheduleId !== "" && service === "")
        throw new DomainError("invalid", "SERVICE_MISSING", { field: "service" });
      const limit = limitOf(pageSize);
      const before = read(pageToken, /^\d{1,19}$/)?.[0];
      const found = await listRuns(call.sql, { service, scheduleId, before, limit: limit + 1 });
      const runs = found.slice(0, limit);
      return {
        runs: runs.map(({ run }) => runToProto(run)),
        nextPageToken: nextToken(found, runs, ({ sequence }) => sequence),
      };
    },
    async runNow(key, call) {
      return { run: runToProto(await runAtOnce(call, key, { id: newId(), nowMs: clock() })) };
    },
    async pauseSchedule({ service, scheduleId }, call) {
      return { schedule: await change(call, { service, scheduleId }, (known) => pause(known, clock())) };
    },
    async resumeSchedule({ service, scheduleId }, call) {
      const schedule = await change(call, { service, scheduleId }, (known) => resume(known, clock()));
      wake();
      return { schedule };
    },
  };
}

type Key = { readonly service: string; readonly scheduleId: string };

async function runAtOnce(
  call: Call,
  { service, scheduleId }: Key,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): Promise<Run> {
  return call.transaction(async (tx) => {
    const schedule = await lockKnownSchedule(tx, service, scheduleId);
    const fencingToken = schedule.fencingToken + 1;
    const run: Run = { id, service, scheduleId, dueMs: nowMs, startMs: nowMs, fencingToken, cause: "manual" };
    await updateFired(tx, [{ ...schedule, fencingToken, lastMs: nowMs, updateMs: nowMs }]);
    await insertRuns(tx, [run]);
    sendRun(tx, schedule, run);
    return run;
  });
}

async function change(call: Call, { service, scheduleId }: Key, decide: (known: Schedule) => Schedule) {
  const schedule = await call.transaction(async (tx) => {
    const known = await lockKnownSchedule(tx, service, scheduleId);
    const changed = decide(known);
    if (changed !== known) await updateSchedule(tx, changed);
    return changed;
  });
  return scheduleToProto(schedule);
}

function limitOf(pageSize: number): number {
  return Math.min(pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize, MAX_PAGE_SIZE);
}

/** What a page token says; undefined for the first page. Throws PAGE_TOKEN_INVALID. */
function read(pageToken: string, shape: RegExp): RegExpExecArray | undefined {
  if (pageToken === "") return undefined;
  const found = shape.exec(Buffer.from(pageToken, "base64url").toString());
  if (found === null) throw new DomainError("invalid", "PAGE_TOKEN_INVALID", { field: "page_token" });
  return found;
}

/** Where the next page begins: one more was read than asked for. */
function nextToken<T>(found: readonly T[], page: readonly T[], keyOf: (row: T) => string): string {
  const last = page.at(-1);
  return last === undefined || found.length === page.length ? "" : Buffer.from(keyOf(last)).toString("base64url");
}
