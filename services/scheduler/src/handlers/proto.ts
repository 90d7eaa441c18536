import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs, durationMs, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  MisfirePolicy as ProtoMisfirePolicy,
  OverlapPolicy as ProtoOverlapPolicy,
  RunCause as ProtoRunCause,
  type RunSchema,
  RunState as ProtoRunState,
  type ScheduleRecordSchema,
  ScheduleState as ProtoState,
  type Timing as ProtoTiming,
} from "@shopmesh/contracts/shop/scheduler/v1/scheduler_pb.ts";
import type { Schedule as ScheduleTask } from "@shopmesh/contracts/shop/scheduler/v1/scheduler_tasks_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { timeField } from "@shopmesh/mesh";
import {
  type MisfirePolicy,
  type OverlapPolicy,
  type Run,
  type RunCause,
  type RunState,
  type Schedule,
  type ScheduleState,
  STANDARD_LEASE_MS,
  type Timing,
  type Wish,
} from "../schedule.ts";

const protoPolicies = {
  skip: ProtoMisfirePolicy.SKIP,
  once: ProtoMisfirePolicy.ONCE,
  all: ProtoMisfirePolicy.ALL,
} as const satisfies Record<MisfirePolicy, ProtoMisfirePolicy>;

const policies: Readonly<Record<ProtoMisfirePolicy, MisfirePolicy>> = {
  [ProtoMisfirePolicy.UNSPECIFIED]: "once",
  [ProtoMisfirePolicy.SKIP]: "skip",
  [ProtoMisfirePolicy.ONCE]: "once",
  [ProtoMisfirePolicy.ALL]: "all",
};

const protoOverlaps = {
  allow: ProtoOverlapPolicy.ALLOW,
  forbid: ProtoOverlapPolicy.FORBID,
  queue: ProtoOverlapPolicy.QUEUE,
  replace: ProtoOverlapPolicy.REPLACE,
} as const satisfies Record<OverlapPolicy, ProtoOverlapPolicy>;

const overlaps: Readonly<Record<ProtoOverlapPolicy, OverlapPolicy>> = {
  [ProtoOverlapPolicy.UNSPECIFIED]: "allow",
  [ProtoOverlapPolicy.ALLOW]: "allow",
  [ProtoOverlapPolicy.FORBID]: "forbid",
  [ProtoOverlapPolicy.QUEUE]: "queue",
  [ProtoOverlapPolicy.REPLACE]: "replace",
};

const protoRunStates = {
  handed: ProtoRunState.HANDED,
  going: ProtoRunState.GOING,
  waiting: ProtoRunState.WAITING,
  done: ProtoRunState.DONE,
  expired: ProtoRunState.EXPIRED,
  replaced: ProtoRunState.REPLACED,
  skipped: ProtoRunState.SKIPPED,
} as const satisfies Record<RunState, ProtoRunState>;

const protoStates = {
  active: ProtoState.ACTIVE,
  paused: ProtoState.PAUSED,
  finished: ProtoState.FINISHED,
  cancelled: ProtoState.CANCELLED,
} as const satisfies Record<ScheduleState, ProtoState>;

const protoCauses = {
  due: ProtoRunCause.DUE,
  misfire: ProtoRunCause.MISFIRE,
  manual: ProtoRunCause.MANUAL,
} as const satisfies Record<RunCause, ProtoRunCause>;

/** The states named, without those that this version does not know. */
export function statesFromProto(states: readonly ProtoState[]): readonly ScheduleState[] {
  return (Object.keys(protoStates) as ScheduleState[]).filter((state) => states.includes(protoStates[state]));
}

/** What a task asks for. Throws TIMING_MISSING. */
export function wishFromProto(task: ScheduleTask): Wish {
  return {
    service: task.service,
    id: task.scheduleId,
    purpose: task.purpose,
    timing: timingFromProto(task.timing),
    misfirePolicy: policies[task.misfirePolicy] ?? "once",
    overlapPolicy: overlaps[task.overlapPolicy] ?? "allow",
    leaseMs: task.lease === undefined ? STANDARD_LEASE_MS : durationMs(task.lease),
    parameters: task.parameters,
  };
}

export function scheduleToProto(schedule: Schedule): MessageInitShape<typeof ScheduleRecordSchema> {
  const { id, service, purpose, nextMs, lastMs } = schedule;
  return {
    id,
    service,
    purpose,
    timing: timingToProto(schedule.timing),
    misfirePolicy: protoPolicies[schedule.misfirePolicy],
    overlapPolicy: protoOverlaps[schedule.overlapPolicy],
    ...(schedule.overlapPolicy === "allow" ? {} : { lease: durationFromMs(schedule.leaseMs) }),
    goingRunId: schedule.going?.runId ?? "",
    waitingCount: schedule.waiting.length,
    state: protoStates[schedule.state],
    ...timeField("nextRunTime", nextMs),
    ...timeField("lastRunTime", lastMs),
    createTime: timestampFromMs(schedule.createMs),
    updateTime: timestampFromMs(schedule.updateMs),
  };
}

export function runToProto(run: Run): MessageInitShape<typeof RunSchema> {
  return {
    id: run.id,
    scheduleId: run.scheduleId,
    service: run.service,
    dueTime: timestampFromMs(run.dueMs),
    startTime: timestampFromMs(run.startMs),
    fencingToken: BigInt(run.fencingToken),
    cause: protoCauses[run.cause],
    state: protoRunStates[run.state],
    ...timeField("endTime", run.endMs),
  };
}

function timingFromProto(timing: ProtoTiming | undefined): Timing {
  switch (timing?.timing.case) {
    case "runTime":
      return { kind: "once", runMs: timestampMs(timing.timing.value) };
    case "cron":
      return {
        kind: "cron",
        expression: timing.timing.value.expression,
        timeZone: timing.timing.value.timeZone || "UTC",
      };
    default:
      throw new DomainError("invalid", "TIMING_MISSING", { field: "timing" });
  }
}

function timingToProto(timing: Timing): Exclude<MessageInitShape<typeof ScheduleRecordSchema>["timing"], undefined> {
  if (timing.kind === "once") return { timing: { case: "runTime", value: timestampFromMs(timing.runMs) } };
  return { timing: { case: "cron", value: { expression: timing.expression, timeZone: timing.timeZone } } };
}
