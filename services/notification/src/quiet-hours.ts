/** When not to disturb, every day, in minutes after midnight by the clock on the wall; over midnight where the end is before the start. */
export type QuietHours = { readonly startMinute: number; readonly endMinute: number };

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** A day, another where a zone skips the only minutes that are not quiet, and the hours that it may put its clock back. */
const LONGEST_MINUTES = 2 * DAY_MINUTES + 3 * 60;

/** Whether a minute of the day is quiet. */
export function isQuiet({ startMinute, endMinute }: QuietHours, minute: number): boolean {
  return startMinute < endMinute
    ? minute >= startMinute && minute < endMinute
    : minute >= startMinute || minute < endMinute;
}

/**
 * When the quiet hours that hold at `nowMs` in `timeZone` are over; undefined where none hold. The clock on the wall decides: an
 * end that a zone skips is the first moment after the gap, one that it repeats is the first of the two.
 */
export function quietUntil(hours: QuietHours, timeZone: string, nowMs: number): number | undefined {
  const minuteAt = wallClock(timeZone);
  if (!isQuiet(hours, minuteAt(nowMs))) return undefined;
  const firstMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  for (let passed = 0; passed <= LONGEST_MINUTES; passed++) {
    const atMs = firstMs + passed * MINUTE_MS;
    if (!isQuiet(hours, minuteAt(atMs))) return atMs;
  }
  return undefined;
}

/** "22:30" in minutes. */
export function minuteOf(time: string): number {
  const [hours = "", minutes = ""] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** Minutes as "22:30". */
export function timeOf(minute: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Whether there is such a zone. */
export function isTimeZone(name: string): boolean {
  try {
    wallClock(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The minute of the day that the wall clock of a zone shows at a moment. */
function wallClock(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (atMs) => minuteOf(format.format(atMs));
}
