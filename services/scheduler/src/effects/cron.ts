import { DomainError } from "@shopmesh/kernel";
import { Cron } from "croner";
import type { Timing } from "../schedule.ts";

type CronTiming = Extract<Timing, { kind: "cron" }>;

const MAX_CACHED = 2_000;
const parsed = new Map<string, Cron>();

/**
 * The first time after `afterMs` at which a timing is due; undefined for never. A local time that the zone skips is due
 * once, right after the gap; one that it repeats is due once. Throws CRON_INVALID.
 */
export function nextTime(timing: Timing, afterMs: number): number | undefined {
  if (timing.kind === "once") return timing.runMs > afterMs ? timing.runMs : undefined;
  try {
    return parse(timing).nextRun(new Date(afterMs))?.getTime();
  } catch (cause) {
    const { expression, timeZone } = timing;
    throw new DomainError("invalid", "CRON_INVALID", { expression, time_zone: timeZone }, { cause });
  }
}

function parse({ expression, timeZone }: CronTiming): Cron {
  const key = `${timeZone}\n${expression}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  // Paused and without a function: it only counts, it never runs.
  const cron = new Cron(expression, {
    paused: true,
    timezone: timeZone,
    mode: "5-or-6-parts",
    fixedTimeRule: "no-wildcard",
  });
  if (parsed.size >= MAX_CACHED) parsed.clear();
  parsed.set(key, cron);
  return cron;
}
