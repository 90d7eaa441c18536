import { EntitySchema, type EntitySchemaColumnOptions } from "typeorm";

/** The rows, as MySQL gives them: BIGINT as text. */
export type ScheduleRow = {
  service: string;
  id: string;
  purpose: string;
  run_ms: string | null;
  cron: string | null;
  time_zone: string | null;
  misfire_policy: string;
  parameters: string;
  state: string;
  next_ms: string | null;
  last_ms: string | null;
  fencing_token: string;
  asked_ms: string;
  create_ms: string;
  update_ms: string;
  overlap_policy: string;
  lease_ms: string;
  going_run_id: string | null;
  going_until_ms: string | null;
  waiting: string | null;
  look_ms: string | null;
};

export type RunRow = {
  sequence: string;
  id: string;
  service: string;
  schedule_id: string;
  due_ms: string;
  start_ms: string;
  fencing_token: string;
  cause: string;
  state: string;
  end_ms: string | null;
};

const ascii = { charset: "ascii", collation: "ascii_bin" } as const;
const binary = { charset: "utf8mb4", collation: "utf8mb4_bin" } as const;
const big = { type: "bigint" } as const satisfies EntitySchemaColumnOptions;
const maybeBig = { type: "bigint", nullable: true } as const satisfies EntitySchemaColumnOptions;
const word = { type: "varchar", length: 16, ...ascii } as const satisfies EntitySchemaColumnOptions;
const service = { type: "varchar", length: 32, ...ascii } as const satisfies EntitySchemaColumnOptions;

export const ScheduleTable = new EntitySchema<ScheduleRow>({
  name: "schedule",
  columns: {
    service: { ...service, primary: true },
    id: { type: "varchar", length: 128, primary: true, ...binary },
    purpose: { type: "varchar", length: 64 },
    run_ms: maybeBig,
    cron: { type: "varchar", length: 120, nullable: true },
    time_zone: { type: "varchar", length: 64, nullable: true },
    misfire_policy: word,
    parameters: { type: "text" },
    state: word,
    next_ms: maybeBig,
    last_ms: maybeBig,
    fencing_token: big,
    asked_ms: big,
    create_ms: big,
    update_ms: big,
    overlap_policy: word,
    lease_ms: big,
    going_run_id: { type: "char", length: 36, nullable: true, ...ascii },
    going_until_ms: maybeBig,
    waiting: { type: "text", nullable: true },
    look_ms: maybeBig,
  },
});

export const RunTable = new EntitySchema<RunRow>({
  name: "run",
  columns: {
    sequence: { ...big, primary: true, generated: "increment" },
    id: { type: "char", length: 36, unique: true, ...ascii },
    service,
    schedule_id: { type: "varchar", length: 128, ...binary },
    due_ms: big,
    start_ms: big,
    fencing_token: big,
    cause: word,
    state: word,
    end_ms: maybeBig,
  },
});
