import { isRefusal } from "@shopmesh/kernel";
import test from "ava";
import { channels, messageNames, messageTopics, topics } from "../src/message.ts";
import { allowedFrom, choose, isRequired, isWanted, type Settings, standardSettings } from "../src/preference.ts";
import { smsWish, type SuppressionReason, withheldBy } from "../src/suppression.ts";
import type { Channel, MessageName } from "../src/message.ts";

const NIGHT_MS = Date.parse("2026-11-02T02:00:00Z");
const MORNING_MS = Date.parse("2026-11-02T07:00:00Z");
const quiet: Settings = {
  ...standardSettings,
  timeZone: "UTC",
  quietHours: { startMinute: 22 * 60, endMinute: 7 * 60 },
};
const { choices: _choices, ...others } = standardSettings;

test("a preference is of a topic by a channel, and changes nothing else", (t) => {
  for (const topic of topics) {
    for (const channel of channels) {
      const wish = {
        preferences: [{ topic, channel, enabled: true }],
        settings: { ...others, phoneNumber: "+4915112345678" },
      };
      const chosen = choose(standardSettings, wish, ["en"]);
      t.true(isWanted(chosen, topic, channel));
      const changed = topics.flatMap((of) =>
        channels
          .filter((by) => isWanted(chosen, of, by) !== isWanted(standardSettings, of, by))
          .map((by) => `${of}/${by}`),
      );
      t.deepEqual(changed, isWanted(standardSettings, topic, channel) ? [] : [`${topic}/${channel}`]);
    }
  }
});

test("reminders and SMS come only to who asked for them", (t) => {
  for (const topic of topics) t.false(isWanted(standardSettings, topic, "sms"));
  t.false(isWanted(standardSettings, "reminders", "email"));
  t.true(isWanted(standardSettings, "shipments", "email"));
});

test("what has to be said cannot be switched off", (t) => {
  for (const topic of ["orders", "returns", "security"] as const) {
    t.true(isRequired(topic, "email"));
    const wish = { preferences: [{ topic, channel: "email", enabled: false } as const], settings: undefined };
    t.true(
      isRefusal(
        t.throws(() => choose(standardSettings, wish, ["en"])),
        "PREFERENCE_REQUIRED",
      ),
    );
  }
});

const wrong = test.macro({
  exec(t, settings: Partial<typeof others>, reason: string) {
    const wish = { preferences: [], settings: { ...others, ...settings } };
    t.true(
      isRefusal(
        t.throws(() => choose(standardSettings, wish, ["en", "de"])),
        reason,
      ),
    );
  },
  title: (_, settings, reason) => `${JSON.stringify(settings)} is ${reason}`,
});
test(wrong, { locale: "fr" }, "LOCALE_UNKNOWN");
test(wrong, { timeZone: "Mars/Olympus" }, "TIME_ZONE_UNKNOWN");
test(wrong, { quietHours: { startMinute: 60, endMinute: 60 } }, "QUIET_HOURS_INVALID");

test("SMS wants a number", (t) => {
  const preferences = [{ topic: "shipments", channel: "sms", enabled: true } as const];
  t.true(
    isRefusal(
      t.throws(() => choose(standardSettings, { preferences, settings: undefined }, [])),
      "PHONE_NUMBER_MISSING",
    ),
  );
});

test("quiet hours defer e-mail and SMS, never drop them; security is exempt, and so is the shop's own page", (t) => {
  for (const name of messageNames) {
    const expected = messageTopics[name] === "security" ? NIGHT_MS : MORNING_MS;
    t.is(allowedFrom(quiet, name, "email", NIGHT_MS), expected);
    t.is(allowedFrom(quiet, name, "sms", NIGHT_MS), expected);
    t.is(allowedFrom(quiet, name, "in-app", NIGHT_MS), NIGHT_MS);
    t.is(allowedFrom(standardSettings, name, "email", NIGHT_MS), NIGHT_MS);
    t.is(allowedFrom(quiet, name, "email", MORNING_MS), MORNING_MS);
  }
});

const suppressed = test.macro({
  exec(
    t,
    reason: SuppressionReason,
    channel: Channel,
    allowed: readonly MessageName[],
    withheld: readonly MessageName[],
  ) {
    const topic = reason === "UNSUBSCRIBED" ? ("shipments" as const) : undefined;
    const known = [{ channel, topic, reason, createMs: 0 }];
    for (const name of allowed) t.is(withheldBy(known, name, channel), undefined, name);
    for (const name of withheld) t.is(withheldBy(known, name, channel), reason, name);
    for (const other of channels.filter((each) => each !== channel))
      t.is(withheldBy(known, "order-confirmed", other), undefined);
  },
  title: (_, reason) => `suppression: after ${reason} goes what may and nothing else`,
});
test(suppressed, "MAILBOX_NOT_FOUND", "email", [], ["order-confirmed", "role-granted", "shipment-shipped"]);
test(
  suppressed,
  "COMPLAINT",
  "email",
  ["order-confirmed", "role-granted", "return-label"],
  ["shipment-shipped", "cart-abandoned"],
);
test(
  suppressed,
  "UNSUBSCRIBED",
  "email",
  ["order-confirmed", "cart-abandoned"],
  ["shipment-shipped", "shipment-delivered"],
);
test(suppressed, "STOP", "sms", [], ["order-confirmed", "shipment-shipped", "sms-help"]);

test("STOP, START and HELP are understood however they are written", (t) => {
  for (const text of ["STOP", " stop ", "Stop!", "unsubscribe", "QUIT."]) t.is(smsWish(text), "stop", text);
  for (const text of ["START", "unstop", "yes"]) t.is(smsWish(text), "start", text);
  for (const text of ["HELP", "info", "Hilfe"]) t.is(smsWish(text), "help", text);
  for (const text of ["please stop calling", "", "42"]) t.is(smsWish(text), undefined, text);
});
