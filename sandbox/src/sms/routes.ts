import { escapeHtml, page } from "../html.ts";
import { html, json, type Reply, type Request, type Route, objectIn } from "../http.ts";
import type { SmsMessage } from "./messages.ts";
import { answerBy, type Twilio } from "./twilio.ts";

const longestWaitMs = 60_000;

/** The telephones as JSON for programs and as a page for people; and a way to text back. */
export function smsRoutes(twilio: Twilio): readonly Route[] {
  const { store } = twilio;
  return [
    { method: "GET", path: "/sms/messages", answer: (request) => answerList(twilio, request) },
    {
      method: "DELETE",
      path: "/sms/messages",
      answer() {
        store.clear();
        return json(200, {});
      },
    },
    { method: "POST", path: "/sandbox/sms/replies", answer: (request) => takeReply(twilio, request) },
    {
      method: "GET",
      path: "/sms",
      answer: () => html(page("SMS", listPage(store.list({ to: "", sinceMs: 0 })))),
    },
  ];
}

/** With `waitMs` the answer waits for a first matching message, at most that long. */
async function answerList({ store }: Twilio, { query, signal }: Request): Promise<Reply> {
  const waitMs = Number(query.get("waitMs") ?? "0");
  if (!(waitMs >= 0 && waitMs <= longestWaitMs))
    return json(400, { error: `waitMs is not between 0 and ${longestWaitMs}` });
  const filter = { to: query.get("to") ?? "", sinceMs: 0 };
  const patience = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  let messages = store.list(filter);
  while (messages.length === 0 && waitMs > 0 && !patience.aborted) {
    await store.nextArrival(patience).catch((error: unknown) => {
      if (!patience.aborted) throw error;
    });
    messages = store.list(filter);
  }
  return json(200, { messages });
}

/** `{ from, body, to? }`: somebody texts back. */
function takeReply(twilio: Twilio, request: Request): Reply {
  const { from, body, to = "+15005550006" } = objectIn(request);
  if (typeof from !== "string" || from === "") return json(400, { error: "from is not a number" });
  if (typeof body !== "string" || body === "") return json(400, { error: "body is not text" });
  if (typeof to !== "string") return json(400, { error: "to is not a number" });
  return json(201, answerBy(twilio, { from, to, body }));
}

function listPage(messages: readonly SmsMessage[]): string {
  const rows = messages.map(
    ({ createMs, direction, from, to, body, status }) =>
      `<tr><td>${new Date(createMs).toISOString()}</td><td>${escapeHtml(direction === "inbound" ? `${from} answers` : to)}</td>` +
      `<td>${escapeHtml(body)}</td><td>${status}</td></tr>`,
  );
  return `<table><tr><th>Sent</th><th>To</th><th>Text</th><th>Status</th></tr>${rows.join("")}</table>`;
}
