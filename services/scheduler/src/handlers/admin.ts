import type { SchedulerAdminService } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { type Call, cutPage, type Handlers, numberPart, readPage, type ServiceContext, textPart } from "@shopmesh/mesh";
import { writeTurns } from "../effects/loop.ts";
import { lookAfter, takeAtOnce } from "../overlap.ts";
import { pause, type Run, resume, type Schedule } from "../schedule.ts";
import { listRuns } from "../store/runs.ts";
import { listSchedules, lockKnownSchedule, updateSchedule } from "../store/schedules.ts";
import { runToProto, scheduleToProto, statesFromProto } from "./proto.ts";

const schedulePages = { standard: 50, most: 200, key: [/^[a-z]+$/, textPart] } as const;
const runPages = { standard: 50, most: 200, key: [numberPart] } as const;

export type AdminDeps = Pick<ServiceContext, "clock" | "newId"> & {
  /** Tells the loop that something may be due sooner. */
  readonly wake: () => void;
};

/** What administrators see and do. */
export function adminHandlers({ clock, newId, wake }: AdminDeps): Handlers<typeof SchedulerAdminService> {
  return {
    async listSchedules(request, call) {
      const page = readPage(request, schedulePages);
      const [service, id] = page.after ?? [];
      const found = await listSchedules(call.sql, {
        service: request.service,
        states: statesFromProto(request.states),
        after: service === undefined || id === undefined ? undefined : { service, id },
        limit: page.limit,
      });
      const { rows, nextPageToken } = cutPage(found, page, (schedule) => [schedule.service, schedule.id]);
      return { schedules: rows.map(scheduleToProto), nextPageToken };
    },
    async listRuns(request, call) {
      const { service, scheduleId } = request;
      if (scheduleId !== "" && service === "")
        throw new DomainError("invalid", "SERVICE_MISSING", { field: "service" });
      const page = readPage(request, runPages);
      const found = await listRuns(call.sql, { service, scheduleId, before: page.after?.[0], limit: page.limit });
      const { rows, nextPageToken } = cutPage(found, page, ({ sequence }) => [sequence]);
      return { runs: rows.map(({ run }) => runToProto(run)), nextPageToken };
    },
    async runNow(key, call) {
      return { run: runToProto(await runAtOnce(call, key, { id: newId(), nowMs: clock() })) };
    },
    async pauseSchedule({ service, scheduleId }, call) {
      const nowMs = clock();
      return { schedule: await change(call, { service, scheduleId, nowMs }, (known) => pause(known, nowMs)) };
    },
    async resumeSchedule({ service, scheduleId }, call) {
      const nowMs = clock();
      const schedule = await change(call, { service, scheduleId, nowMs }, (known) => resume(known, nowMs));
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
    const at = { dueMs: nowMs, startMs: nowMs, endMs: undefined } as const;
    const asked: Run = { id, service, scheduleId, ...at, fencingToken, cause: "manual", state: "handed" };
    const turn = takeAtOnce({ ...schedule, fencingToken, lastMs: nowMs, updateMs: nowMs }, asked, nowMs);
    await writeTurns(tx, [turn]);
    return turn.runs.find((run) => run.id === id) ?? asked;
  });
}

async function change(
  call: Call,
  { service, scheduleId, nowMs }: Key & { readonly nowMs: number },
  decide: (known: Schedule) => Schedule,
) {
  const schedule = await call.transaction(async (tx) => {
    const known = await lockKnownSchedule(tx, service, scheduleId);
    const changed = decide(known);
    if (changed === known) return known;
    await updateSchedule(tx, changed);
    // What waited while a person had stopped it has its turn again.
    const turn = lookAfter(changed, nowMs);
    if (turn.schedule !== changed) await writeTurns(tx, [turn]);
    return turn.schedule;
  });
  return scheduleToProto(schedule);
}
