import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Email } from "postal-mime";
import type { Database } from "../database.ts";

export type MailAddress = { readonly name: string; readonly address: string };

export type MailMessage = {
  readonly id: string;
  readonly from: MailAddress | null;
  /** The To header; `envelope.to` says who really received it. */
  readonly to: readonly MailAddress[];
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly {
    readonly filename: string | null;
    readonly mimeType: string;
    readonly sizeBytes: number;
  }[];
  /** ISO 8601, by the virtual clock. */
  readonly receiveTime: string;
};

export type MailFilter = {
  /** A part of a recipient's address, in any case. */
  readonly to?: string;
  /** Received at this virtual time or later. */
  readonly sinceMs?: number;
};

/** A mail as it came in, told after the mail itself is forgotten. */
export type Arrival = {
  readonly seq: number;
  readonly recipient: string;
  /** Its Message-ID header; empty where it has none. */
  readonly messageId: string;
};

export type Mailbox = {
  readonly receive: (mail: {
    readonly email: Email;
    readonly raw: Buffer;
    readonly envelope: MailMessage["envelope"];
  }) => void;
  /** Newest first, at most 200. */
  readonly list: (filter: MailFilter) => readonly MailMessage[];
  /** Every mail that came in for each of its recipients, oldest first: those after `seq`, at most `limit`. */
  readonly arrivals: (seq: number, limit: number) => readonly Arrival[];
  readonly find: (id: string) => { readonly message: MailMessage; readonly raw: Uint8Array } | undefined;
  readonly remove: (id: string) => boolean;
  readonly clear: () => void;
  /** Resolves at the next mail, or rejects when the signal aborts. */
  readonly nextArrival: (signal: AbortSignal) => Promise<void>;
};

/** How many mails are kept; the oldest goes first. */
const mostMessages = 2000;
/** How many arrivals are. */
const mostArrivals = 1_000_000;

type MailRow = { readonly body: string; readonly raw: Uint8Array };

export function createMailbox(database: Database, now: () => number): Mailbox {
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  return {
    receive(mail) {
      const receiveMs = now();
      const message = toMessage(mail, receiveMs);
      database.transaction(() => {
        database.run(
          "INSERT INTO mail_messages (id, receive_ms, recipients, body, raw) VALUES (?, ?, ?, ?, ?)",
          message.id,
          receiveMs,
          mail.envelope.to.join(" ").toLowerCase(),
          JSON.stringify(message),
          mail.raw,
        );
        database.run("DELETE FROM mail_messages WHERE seq <= (SELECT MAX(seq) FROM mail_messages) - ?", mostMessages);
        for (const recipient of mail.envelope.to)
          database.run(
            "INSERT INTO mail_arrivals (recipient, message_id) VALUES (?, ?)",
            recipient.toLowerCase(),
            message.headers["message-id"] ?? "",
          );
        database.run("DELETE FROM mail_arrivals WHERE seq <= (SELECT MAX(seq) FROM mail_arrivals) - ?", mostArrivals);
      });
      arrivals.emit("mail");
    },
    list({ to = "", sinceMs = 0 }) {
      return database
        .all<MailRow>(
          "SELECT body FROM mail_messages WHERE instr(recipients, ?) > 0 AND receive_ms >= ? ORDER BY seq DESC LIMIT 200",
          to.toLowerCase(),
          sinceMs,
        )
        .map((row): MailMessage => JSON.parse(row.body));
    },
    arrivals: (seq, limit) =>
      database.all<Arrival>(
        "SELECT seq, recipient, message_id AS messageId FROM mail_arrivals WHERE seq > ? ORDER BY seq LIMIT ?",
        seq,
        limit,
      ),
    find(id) {
      const row = database.first<MailRow>("SELECT body, raw FROM mail_messages WHERE id = ?", id);
      return row && { message: JSON.parse(row.body), raw: row.raw };
    },
    remove: (id) => database.run("DELETE FROM mail_messages WHERE id = ?", id) === 1,
    clear: () => void database.run("DELETE FROM mail_messages"),
    async nextArrival(signal) {
      await once(arrivals, "mail", { signal });
    },
  };
}

function toMessage(
  { email, envelope }: { readonly email: Email; readonly envelope: MailMessage["envelope"] },
  receiveMs: number,
): MailMessage {
  return {
    id: randomUUID(),
    from: email.from ? toAddress(email.from) : null,
    to: (email.to ?? []).map(toAddress),
    envelope,
    subject: email.subject ?? "",
    text: email.text ?? "",
    html: email.html ?? "",
    headers: Object.fromEntries(email.headers.map(({ key, value }) => [key, value])),
    attachments: email.attachments.map(({ filename, mimeType, content }) => ({
      filename,
      mimeType,
      sizeBytes: typeof content === "string" ? content.length : content.byteLength,
    })),
    receiveTime: new Date(receiveMs).toISOString(),
  };
}

function toAddress({ name, address }: { readonly name?: string; readonly address?: string | undefined }): MailAddress {
  return { name: name ?? "", address: address ?? "" };
}
