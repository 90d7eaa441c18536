import test from "ava";
import fc from "fast-check";
import { isQuiet, isTimeZone, minuteOf, quietUntil, timeOf } from "../src/quiet-hours.ts";

const night = { startMinute: minuteOf("22:00"), endMinute: minuteOf("07:00") };

const deferred = test.macro({
  exec(t, [start, end]: readonly [string, string], zone: string, now: string, until: string | undefined) {
    const hours = { startMinute: minuteOf(start), endMinute: minuteOf(end) };
    const found = quietUntil(hours, zone, Date.parse(now));
    t.is(found && new Date(found).toISOString(), until);
  },
  title: (_, hours: readonly [string, string], zone: string, now: string, until: string | undefined) =>
    `${hours.join("–")} in ${zone} at ${now}: ${until ?? "not quiet"}`,
});
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-11-01T23:30:00.000Z", "2026-11-02T06:00:00.000Z");
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-11-01T20:59:59.999Z", undefined);
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-11-01T21:00:00.000Z", "2026-11-02T06:00:00.000Z");
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-11-02T06:00:00.000Z", undefined);
test(deferred, ["22:00", "07:00"], "America/New_York", "2026-11-02T04:00:00.000Z", "2026-11-02T12:00:00.000Z");
test(deferred, ["12:00", "13:30"], "Asia/Kolkata", "2026-11-02T07:00:00.000Z", "2026-11-02T08:00:00.000Z");
// The night is an hour shorter, and an hour longer.
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-03-28T22:00:00.000Z", "2026-03-29T05:00:00.000Z");
test(deferred, ["22:00", "07:00"], "Europe/Berlin", "2026-10-24T21:00:00.000Z", "2026-10-25T06:00:00.000Z");
// Its end is in the hour that is skipped: the first moment after the gap. Or in the one that is repeated: the first of the two.
test(deferred, ["22:00", "02:30"], "Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29T01:00:00.000Z");
test(deferred, ["22:00", "02:30"], "Europe/Berlin", "2026-10-24T22:00:00.000Z", "2026-10-25T00:30:00.000Z");
// The only minute that is not quiet is skipped: that of the next day.
test(deferred, ["02:01", "02:00"], "America/New_York", "2026-03-08T00:00:00.000Z", "2026-03-09T06:00:00.000Z");

test("quiet hours defer to the first moment that is not quiet, in any zone and over every change of the clock", (t) => {
  const zones = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
    "UTC",
  ];
  const minute = fc.integer({ min: 0, max: 1_439 });
  // Days around changes of the clock are as likely as all the others together.
  const changes = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01"];
  const times = fc.oneof(
    fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2026, 11, 31) }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -86_400_000, max: 2 * 86_400_000 }))
      .map(([day, ms]) => Date.parse(day) + ms),
  );
  fc.assert(
    fc.property(fc.constantFrom(...zones), minute, minute, times, (zone, startMinute, endMinute, nowMs) => {
      fc.pre(startMinute !== endMinute);
      const hours = { startMinute, endMinute };
      const until = quietUntil(hours, zone, nowMs);
      const wall = new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
      });
      const isQuietAt = (atMs: number) => isQuiet(hours, minuteOf(wall.format(atMs)));
      if (until === undefined) return !isQuietAt(nowMs);
      const isBefore = isQuietAt(nowMs) && isQuietAt(until - 1);
      return isBefore && !isQuietAt(until) && until > nowMs && until - nowMs <= 51 * 3_600_000;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test("a minute is written as it is read", (t) => {
  for (const minute of [0, 59, 60, 1_439]) t.is(minuteOf(timeOf(minute)), minute);
  t.true(isQuiet(night, 0));
  t.true(isTimeZone("Europe/Berlin"));
  t.false(isTimeZone("Mars/Olympus"));
});
