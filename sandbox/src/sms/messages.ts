import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Database } from "../database.ts";

export type SmsStatus = "queued" | "sent" | "delivered" | "undelivered" | "failed" | "received";

export type SmsMessage = {
  readonly sid: string;
  readonly direction: "outbound-api" | "inbound";
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly status: SmsStatus;
  /** Twilio's code of what went wrong; null for nothing. */
  readonly errorCode: number | null;
  readonly statusCallback: string;
  /** Virtual time. */
  readonly createMs: number;
};

/** The telephones of the world: what they were sent, and who wants no more. */
export type SmsStore = {
  readonly add: (message: Omit<SmsMessage, "sid" | "createMs">) => SmsMessage;
  readonly setStatus: (sid: string, status: SmsStatus, errorCode: number | null) => void;
  /** Newest first, at most 200; `to` is a whole number or empty. */
  readonly list: (filter: { readonly to: string; readonly sinceMs: number }) => readonly SmsMessage[];
  readonly find: (sid: string) => SmsMessage | undefined;
  readonly clear: () => void;
  readonly isStopped: (number: string) => boolean;
  readonly setStopped: (number: string, isStopped: boolean) => void;
  /** Resolves at the next message, or rejects when the signal aborts. */
  readonly nextArrival: (signal: AbortSignal) => Promise<void>;
};

type SmsRow = {
  readonly sid: string;
  readonly direction: SmsMessage["direction"];
  readonly sender: string;
  readonly recipient: string;
  readonly body: string;
  readonly status: SmsStatus;
  readonly error_code: number | null;
  readonly status_callback: string;
  readonly create_ms: number;
};

/** How many messages are kept; the oldest goes first. */
const mostMessages = 2000;

export function createSmsStore(database: Database, now: () => number): SmsStore {
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  return {
    add(fields) {
      const message = { ...fields, sid: `SM${randomBytes(16).toString("hex")}`, createMs: now() };
      database.run(
        `INSERT INTO sms_messages (sid, direction, sender, recipient, body, status, error_code, status_callback, create_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        message.sid,
        message.direction,
        message.from,
        message.to,
        message.body,
        message.status,
        message.errorCode,
        message.statusCallback,
        message.createMs,
      );
      database.run("DELETE FROM sms_messages WHERE seq <= (SELECT MAX(seq) FROM sms_messages) - ?", mostMessages);
      arrivals.emit("sms");
      return message;
    },
    setStatus(sid, status, errorCode) {
      database.run("UPDATE sms_messages SET status = ?, error_code = ? WHERE sid = ?", status, errorCode, sid);
    },
    list: ({ to, sinceMs }) =>
      database
        .all<SmsRow>(
          "SELECT * FROM sms_messages WHERE (? = '' OR recipient = ?) AND create_ms >= ? ORDER BY seq DESC LIMIT 200",
          to,
          to,
          sinceMs,
        )
        .map(toMessage),
    find(sid) {
      const row = database.first<SmsRow>("SELECT * FROM sms_messages WHERE sid = ?", sid);
      return row && toMessage(row);
    },
    clear: () => void database.run("DELETE FROM sms_messages"),
    isStopped: (number) =>
      database.first("SELECT 1 AS stopped FROM sms_stopped WHERE number = ?", number) !== undefined,
    setStopped(number, isStopped) {
      if (isStopped) database.run("INSERT OR IGNORE INTO sms_stopped (number) VALUES (?)", number);
      else database.run("DELETE FROM sms_stopped WHERE number = ?", number);
    },
    async nextArrival(signal) {
      await once(arrivals, "sms", { signal });
    },
  };
}

function toMessage(row: SmsRow): SmsMessage {
  const { sid, direction, sender: from, recipient: to, body, status } = row;
  const { error_code: errorCode, status_callback: statusCallback, create_ms: createMs } = row;
  return { sid, direction, from, to, body, status, errorCode, statusCallback, createMs };
}
