import type { Failure } from "../delivery.ts";

/** Hands SMS to Twilio, or to whom speaks as it does. */
export type Texter = {
  /** The message's name at the provider once it has taken it, else why not. Never throws. */
  send(sms: Sms): Promise<{ readonly reference: string } | Failure>;
  /** The name of a message with this text that the provider took since then; undefined for none. */
  find(sms: Sms & { readonly sinceMs: number }): Promise<{ readonly reference: string | undefined } | Failure>;
};

export type Sms = { readonly to: string; readonly body: string };

export type TexterOptions = {
  /** "https://api.twilio.com". */
  readonly url: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** The sender's number. */
  readonly from: string;
  /** Where the provider tells how a message fares. */
  readonly statusUrl: string;
};

const ANSWER_MS = 10_000;
const UNSURE: Failure = { reason: "SMS_PROVIDER_SILENT", isFinal: false, isUnsure: true };

/** Twilio's REST API, 2010-04-01: its messages have no key of ours, so one whose answer is lost is looked for. */
export function createTexter(options: TexterOptions): Texter {
  const { url, accountSid, authToken, from, statusUrl } = options;
  const messages = `${url}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;

  async function ask(address: string, form?: URLSearchParams): Promise<{ status: number; body: Answer } | undefined> {
    try {
      const response = await fetch(address, {
        method: form === undefined ? "GET" : "POST",
        headers: { authorization, ...(form && { "content-type": "application/x-www-form-urlencoded" }) },
        ...(form && { body: form.toString() }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return { status: response.status, body: (await response.json()) as Answer };
    } catch {
      // Fetch throws for what has no answer, and for one that is no JSON: nobody knows then what became of it.
      return undefined;
    }
  }

  return {
    async send({ to, body }) {
      const form = new URLSearchParams({ To: to, From: from, Body: body, StatusCallback: statusUrl });
      const answer = await ask(messages, form);
      if (answer === undefined) return UNSURE;
      if (answer.status === 201 && answer.body.sid !== undefined) return { reference: answer.body.sid };
      return failureOf(answer.status, answer.body.code);
    },
    async find({ to, body, sinceMs }) {
      const day = new Date(sinceMs).toISOString().slice(0, 10);
      const query = new URLSearchParams([
        ["To", to],
        ["DateSent>", day],
        ["PageSize", "200"],
      ]);
      const answer = await ask(`${messages}?${query.toString()}`);
      if (answer === undefined || answer.status !== 200) return UNSURE;
      const since = Math.floor(sinceMs / 1_000) * 1_000;
      const known = (answer.body.messages ?? []).find(
        (message) => message.body === body && Date.parse(message.date_created ?? "") >= since,
      );
      return { reference: known?.sid };
    },
  };
}

type Answer = {
  readonly sid?: string;
  readonly code?: number;
  readonly messages?: readonly { readonly sid: string; readonly body?: string; readonly date_created?: string }[];
};

/** What Twilio's refusal means; https://www.twilio.com/docs/api/errors. */
function failureOf(status: number, code: number | undefined): Failure {
  if (status === 429 || status >= 500) return { reason: "SMS_DEFERRED", isFinal: false, isUnsure: status >= 500 };
  if (status === 401 || status === 403) return { reason: "SMS_LOGIN_REFUSED", isFinal: false };
  if (code === 21610) return { reason: "STOP", isFinal: true };
  if (code !== undefined && badNumbers.has(code)) return { reason: "RECIPIENT_INVALID", isFinal: true };
  return { reason: "SMS_REFUSED", isFinal: true };
}

/** Not a number, not in reach, not a mobile. */
const badNumbers: ReadonlySet<number> = new Set([21211, 21214, 21217, 21408, 21612, 21614]);
