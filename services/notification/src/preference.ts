import { DomainError } from "@shopmesh/kernel";
import { type Channel, channels, type MessageName, messageTopics, type Topic, topics } from "./message.ts";
import { isTimeZone, type QuietHours, quietUntil } from "./quiet-hours.ts";

/** What a person wants to hear of, how and when. */
export type Settings = {
  /** What differs from the standard: "shipments/sms". */
  readonly choices: Readonly<Record<string, boolean>>;
  /** Empty for the shop's own. */
  readonly locale: string;
  /** IANA; empty for UTC. */
  readonly timeZone: string;
  readonly quietHours: QuietHours | undefined;
  /** E.164; empty for none. */
  readonly phoneNumber: string;
  /** When it was proved that the number is hers; undefined where it was not. */
  readonly phoneVerifiedMs: number | undefined;
};

/** What holds for who never chose. */
export const standardSettings: Settings = {
  choices: {},
  locale: "",
  timeZone: "",
  quietHours: undefined,
  phoneNumber: "",
  phoneVerifiedMs: undefined,
};

export type Preference = {
  readonly topic: Topic;
  readonly channel: Channel;
  readonly enabled: boolean;
  readonly required: boolean;
};

/** What has to be said, wanted or not: contracts, money and accounts. */
const required: ReadonlySet<string> = new Set(["orders/email", "returns/email", "security/email"]);

/** Whether a topic by a channel cannot be switched off. */
export function isRequired(topic: Topic, channel: Channel): boolean {
  return required.has(`${topic}/${channel}`);
}

/** Whether a person wants a topic by a channel: reminders and every SMS only when asked for. */
export function isWanted({ choices }: Settings, topic: Topic, channel: Channel): boolean {
  const isStandard = channel !== "sms" && topic !== "reminders";
  return isRequired(topic, channel) || (choices[`${topic}/${channel}`] ?? isStandard);
}

/** Every topic by every channel. */
export function preferencesOf(settings: Settings): readonly Preference[] {
  return topics.flatMap((topic) =>
    channels.map((channel) => ({
      topic,
      channel,
      enabled: isWanted(settings, topic, channel),
      required: isRequired(topic, channel),
    })),
  );
}

/** When a message may go that is ready at `nowMs`: quiet hours defer e-mail and SMS, but never what concerns security. */
export function allowedFrom(settings: Settings, name: MessageName, channel: Channel, nowMs: number): number {
  if (settings.quietHours === undefined || channel === "in-app" || messageTopics[name] === "security") return nowMs;
  return quietUntil(settings.quietHours, settings.timeZone || "UTC", nowMs) ?? nowMs;
}

/** What a person changes: choices by topic and channel, and, where given, everything else anew. */
export type Wish = {
  readonly preferences: readonly Pick<Preference, "topic" | "channel" | "enabled">[];
  readonly settings: ChosenSettings | undefined;
};

/** What a person says of herself; whether a number is hers she proves. */
type ChosenSettings = Omit<Settings, "choices" | "phoneVerifiedMs">;

/**
 * The settings with a wish fulfilled. Throws PREFERENCE_REQUIRED, PHONE_NUMBER_MISSING (SMS without one), LOCALE_UNKNOWN,
 * TIME_ZONE_UNKNOWN, QUIET_HOURS_INVALID.
 */
export function choose(known: Settings, { preferences, settings }: Wish, locales: readonly string[]): Settings {
  const refused = preferences.find(({ topic, channel, enabled }) => !enabled && isRequired(topic, channel));
  if (refused !== undefined) {
    const { topic, channel } = refused;
    throw new DomainError("precondition", "PREFERENCE_REQUIRED", { field: "preferences", topic, channel });
  }
  if (settings !== undefined) check(settings, locales);
  const named = preferences.map(({ topic, channel, enabled }) => [`${topic}/${channel}`, enabled] as const);
  const isOtherNumber = settings !== undefined && settings.phoneNumber !== known.phoneNumber;
  const phoneVerifiedMs = isOtherNumber ? undefined : known.phoneVerifiedMs;
  const chosen = {
    ...known,
    ...settings,
    phoneVerifiedMs,
    choices: { ...known.choices, ...Object.fromEntries(named) },
  };
  const wantsSms = topics.some((topic) => isWanted(chosen, topic, "sms"));
  if (wantsSms && chosen.phoneNumber === "") {
    throw new DomainError("precondition", "PHONE_NUMBER_MISSING", { field: "settings.phone_number" });
  }
  return chosen;
}

function check({ locale, timeZone, quietHours }: ChosenSettings, locales: readonly string[]): void {
  if (locale !== "" && !locales.includes(locale)) {
    throw new DomainError("invalid", "LOCALE_UNKNOWN", { field: "settings.locale", known: locales.join(" ") });
  }
  if (timeZone !== "" && !isTimeZone(timeZone)) {
    throw new DomainError("invalid", "TIME_ZONE_UNKNOWN", { field: "settings.time_zone", time_zone: timeZone });
  }
  if (quietHours !== undefined && quietHours.startMinute === quietHours.endMinute) {
    throw new DomainError("invalid", "QUIET_HOURS_INVALID", { field: "settings.quiet_hours" });
  }
}
