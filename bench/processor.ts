import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The processes that are looked at, by the names under which their time is told. */
export type Watched = Readonly<Record<string, number>>;

/** Processor time by name, in milliseconds. */
export type CpuMs = Readonly<Record<string, number>>;

const MS_PER_TICK = 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** What each process has used since its start, user and system, all threads; to 10 ms, cut off: sums of differences are right. */
export function readCpu(watched: Watched): CpuMs {
  return Object.fromEntries(Object.entries(watched).map(([name, pid]) => [name, cpuMsOf(pid)]));
}

/** What was used between two readings. */
export function usedBetween(before: CpuMs, after: CpuMs): CpuMs {
  return Object.fromEntries(Object.keys(after).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)]));
}

/** Both, name by name. */
export function addCpu(one: CpuMs, other: CpuMs): CpuMs {
  return Object.fromEntries(
    Object.keys({ ...one, ...other }).map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]),
  );
}

/** Each name's time for one of `count` operations. */
export function perOperation(used: CpuMs, count: number): CpuMs {
  return Object.fromEntries(Object.entries(used).map(([name, ms]) => [name, ms / Math.max(1, count)]));
}

/** All of it. */
export function totalMs(used: CpuMs): number {
  return Object.values(used).reduce((sum, ms) => sum + ms, 0);
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold anything: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}
