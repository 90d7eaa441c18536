import { type Faults, withFaults } from "../faults.ts";
import { json, type Reply, type Request, type Route } from "../http.ts";
import type { Webhooks } from "../webhooks.ts";
import type { SmsMessage, SmsStatus, SmsStore } from "./messages.ts";

export type Twilio = {
  readonly store: SmsStore;
  readonly faults: Faults;
  readonly webhooks: Pick<Webhooks, "enqueue">;
  readonly accountSid: string;
  readonly authToken: string;
};

const longestBody = 1600;
const unreachableHandset = 30005;

/** Twilio's REST API, 2010-04-01, as far as messages go. */
export function twilioRoutes(twilio: Twilio): readonly Route[] {
  const path = "/2010-04-01/Accounts/:account/Messages.json";
  const guarded = (operation: string, answer: (request: Request) => Reply) =>
    withFaults(
      twilio.faults,
      { provider: "twilio", operation },
      {
        answer: (request) => (isKnown(twilio, request) ? answer(request) : refusal(401, 20003, "Authenticate")),
        error: (status) => refusal(status, 20500, "a sandbox fault"),
      },
    );
  return [
    { method: "POST", path, answer: guarded("createMessage", (request) => create(twilio, request)) },
    { method: "GET", path, answer: guarded("listMessages", (request) => list(twilio, request)) },
  ];
}

function isKnown({ accountSid, authToken }: Twilio, { headers, params }: Request): boolean {
  const expected = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
  return headers.authorization === expected && params["account"] === accountSid;
}

function create(twilio: Twilio, request: Request): Reply {
  const form = new URLSearchParams(request.body.toString());
  const [to = "", from = "", body = ""] = ["To", "From", "Body"].map((name) => form.get(name) ?? "");
  if (!/^\+[1-9]\d{6,14}$/.test(to)) return refusal(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
  if (from === "") return refusal(400, 21603, "A 'From' phone number is required.");
  if (body === "") return refusal(400, 21602, "Message body is required.");
  if (body.length > longestBody)
    return refusal(400, 21617, "The concatenated message body exceeds the 1600 character limit.");
  if (twilio.store.isStopped(to)) return refusal(400, 21610, "Attempt to send to unsubscribed recipient");
  const statusCallback = form.get("StatusCallback") ?? "";
  const message = twilio.store.add({
    direction: "outbound-api",
    from,
    to,
    body,
    status: "queued",
    errorCode: null,
    statusCallback,
  });
  const isLost = twilio.faults.take("twilio", ["undelivered"], "createMessage") !== undefined;
  report(twilio, message, "sent", null);
  if (isLost) report(twilio, message, "undelivered", unreachableHandset);
  else report(twilio, message, "delivered", null);
  return json(201, view(twilio, message));
}

/** Sets a message's status and tells its sender, who asked for it. */
function report(twilio: Twilio, message: SmsMessage, status: SmsStatus, errorCode: number | null): void {
  twilio.store.setStatus(message.sid, status, errorCode);
  if (message.statusCallback === "") return;
  const fields = new URLSearchParams({
    AccountSid: twilio.accountSid,
    ApiVersion: "2010-04-01",
    From: message.from,
    To: message.to,
    MessageSid: message.sid,
    SmsSid: message.sid,
    MessageStatus: status,
    SmsStatus: status,
    ...(errorCode === null ? {} : { ErrorCode: String(errorCode) }),
  });
  twilio.webhooks.enqueue({
    provider: "twilio",
    eventId: `${message.sid}/${status}`,
    eventType: status,
    body: fields.toString(),
  });
}

/** What somebody texts back: Twilio keeps STOP and START itself, and tells of every answer. */
export function answerBy(
  { store, webhooks, accountSid }: Pick<Twilio, "store" | "webhooks" | "accountSid">,
  { from, to, body }: { readonly from: string; readonly to: string; readonly body: string },
): SmsMessage {
  const word = body.trim().toUpperCase();
  if (word === "STOP") store.setStopped(from, true);
  if (word === "START") store.setStopped(from, false);
  const inbound = { direction: "inbound", status: "received", errorCode: null, statusCallback: "" } as const;
  const message = store.add({ ...inbound, from, to, body });
  const fields = new URLSearchParams({
    AccountSid: accountSid,
    ApiVersion: "2010-04-01",
    Body: body,
    From: from,
    To: to,
    MessageSid: message.sid,
    NumMedia: "0",
    SmsStatus: "received",
  });
  webhooks.enqueue({ provider: "twilio", eventId: message.sid, eventType: "inbound", body: fields.toString() });
  return message;
}

function list(twilio: Twilio, { query }: Request): Reply {
  const day = query.get("DateSent>") ?? "";
  const sinceMs = day === "" ? 0 : Date.parse(day);
  const messages = twilio.store
    .list({ to: query.get("To") ?? "", sinceMs: Number.isNaN(sinceMs) ? 0 : sinceMs })
    .filter(({ direction }) => direction === "outbound-api");
  const size = Math.min(Number(query.get("PageSize") ?? "50") || 50, 1000);
  return json(200, {
    messages: messages.slice(0, size).map((message) => view(twilio, message)),
    page: 0,
    page_size: size,
  });
}

function view({ accountSid }: Twilio, message: SmsMessage): Readonly<Record<string, unknown>> {
  const date = new Date(message.createMs).toUTCString().replace("GMT", "+0000");
  return {
    sid: message.sid,
    account_sid: accountSid,
    api_version: "2010-04-01",
    direction: message.direction,
    from: message.from,
    to: message.to,
    body: message.body,
    status: message.status,
    error_code: message.errorCode,
    error_message: null,
    num_segments: String(Math.ceil(message.body.length / 160)),
    date_created: date,
    date_sent: date,
    date_updated: date,
    uri: `/2010-04-01/Accounts/${accountSid}/Messages/${message.sid}.json`,
  };
}

function refusal(status: number, code: number, message: string): Reply {
  return json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
}
