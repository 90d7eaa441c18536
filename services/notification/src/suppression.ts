import type { Channel, MessageName, Topic } from "./message.ts";
import { messageTopics } from "./message.ts";
import { isRequired } from "./preference.ts";

/** Why an address gets no messages. */
export type SuppressionReason = "MAILBOX_NOT_FOUND" | "PHONE_UNREACHABLE" | "COMPLAINT" | "STOP" | "UNSUBSCRIBED";

/** That an address gets no messages by a channel, of a topic or at all. */
export type Suppression = {
  readonly channel: Channel;
  /** Undefined for all. */
  readonly topic: Topic | undefined;
  readonly reason: SuppressionReason;
  readonly createMs: number;
};

/**
 * Why a message is withheld from an address; undefined where it may go. Who complained still gets what has to be said; nothing
 * reaches a mailbox that is not there, and nothing goes to a number that said STOP.
 */
export function withheldBy(
  suppressions: readonly Suppression[],
  name: MessageName,
  channel: Channel,
): SuppressionReason | undefined {
  const topic = messageTopics[name];
  const mayBeRefused = (reason: SuppressionReason) =>
    (reason !== "COMPLAINT" && reason !== "UNSUBSCRIBED") || !isRequired(topic, channel);
  return suppressions.find(
    (one) => one.channel === channel && (one.topic === undefined || one.topic === topic) && mayBeRefused(one.reason),
  )?.reason;
}

/** An address as it is compared: case and blanks do not tell two apart. */
export function addressKey(address: string): string {
  return address.trim().toLowerCase();
}

/** What a person's answer by SMS asks for, as carriers understand it; undefined for anything else. */
export function smsWish(text: string): "stop" | "start" | "help" | undefined {
  const word = text
    .trim()
    .toUpperCase()
    .replace(/[.!]+$/, "");
  if (stopWords.has(word)) return "stop";
  if (startWords.has(word)) return "start";
  return word === "HELP" || word === "INFO" || word === "HILFE" ? "help" : undefined;
}

// CTIA, "Messaging Principles and Best Practices"; the German word besides.
const stopWords: ReadonlySet<string> = new Set([
  "STOP",
  "STOPALL",
  "UNSUBSCRIBE",
  "CANCEL",
  "END",
  "QUIT",
  "REVOKE",
  "OPTOUT",
  "STOPP",
]);
const startWords: ReadonlySet<string> = new Set(["START", "YES", "UNSTOP"]);
