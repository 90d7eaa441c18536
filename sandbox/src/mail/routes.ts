import { escapeHtml, page } from "../html.ts";
import { html, json, type Reply, type Request, type Route } from "../http.ts";
import type { Mailbox, MailFilter, MailMessage } from "./mailbox.ts";

const longestWaitMs = 60_000;
const arrivalsAtOnce = 10_000;

/** The mailbox as JSON for programs and as a page for people. */
export function mailboxRoutes(mailbox: Mailbox): readonly Route[] {
  const found = (request: Request, answer: (mail: NonNullable<ReturnType<Mailbox["find"]>>) => Reply): Reply => {
    const mail = mailbox.find(request.params["id"] ?? "");
    return mail ? answer(mail) : json(404, { error: "no such message" });
  };
  return [
    { method: "GET", path: "/mailbox/messages", answer: (request) => answerList(mailbox, request) },
    {
      method: "GET",
      path: "/mailbox/arrivals",
      answer: ({ query }) =>
        json(200, { arrivals: mailbox.arrivals(Number(query.get("after") ?? "0"), arrivalsAtOnce) }),
    },
    {
      method: "GET",
      path: "/mailbox/messages/:id",
      answer: (request) => found(request, ({ message }) => json(200, message)),
    },
    {
      method: "GET",
      path: "/mailbox/messages/:id/raw",
      answer: (request) =>
        found(request, ({ raw }) => ({
          status: 200,
          headers: { "content-type": "message/rfc822" },
          body: raw,
        })),
    },
    {
      method: "DELETE",
      path: "/mailbox/messages/:id",
      answer: ({ params }) =>
        mailbox.remove(params["id"] ?? "") ? json(200, {}) : json(404, { error: "no such message" }),
    },
    {
      method: "DELETE",
      path: "/mailbox/messages",
      answer() {
        mailbox.clear();
        return json(200, {});
      },
    },
    {
      method: "GET",
      path: "/mailbox",
      answer: () => html(page("Mailbox", listPage(mailbox.list({})))),
    },
    {
      method: "GET",
      path: "/mailbox/:id",
      answer: (request) => found(request, ({ message }) => html(messagePage(message))),
    },
  ];
}

/** With `waitMs` the answer waits for a first matching mail, at most that long. */
async function answerList(mailbox: Mailbox, { query, signal }: Request): Promise<Reply> {
  const since = query.get("since");
  const sinceMs = since === null ? 0 : /^\d+$/.test(since) ? Number(since) : Date.parse(since);
  const waitMs = Number(query.get("waitMs") ?? "0");
  if (Number.isNaN(sinceMs)) return json(400, { error: "since is neither milliseconds nor an ISO 8601 time" });
  if (!(waitMs >= 0 && waitMs <= longestWaitMs))
    return json(400, { error: `waitMs is not between 0 and ${longestWaitMs}` });
  const filter: MailFilter = { to: query.get("to") ?? "", sinceMs };
  const patience = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
  let messages = mailbox.list(filter);
  while (messages.length === 0 && waitMs > 0 && !patience.aborted) {
    await mailbox.nextArrival(patience).catch((error: unknown) => {
      if (!patience.aborted) throw error;
    });
    messages = mailbox.list(filter);
  }
  return json(200, { messages });
}

function listPage(messages: readonly MailMessage[]): string {
  const rows = messages.map(
    ({ id, envelope, subject, receiveTime }) =>
      `<tr><td>${escapeHtml(receiveTime)}</td><td>${escapeHtml(envelope.to.join(", "))}</td>` +
      `<td><a href="/mailbox/${id}">${escapeHtml(subject || "(no subject)")}</a></td></tr>`,
  );
  return `<table><tr><th>Received</th><th>To</th><th>Subject</th></tr>${rows.join("")}</table>`;
}

function messagePage({ from, envelope, subject, text, html: body, receiveTime }: MailMessage): string {
  const shown =
    body === ""
      ? `<pre>${escapeHtml(text)}</pre>`
      : `<iframe sandbox title="The mail" srcdoc="${escapeHtml(body)}"></iframe><details><summary>Text</summary><pre>${escapeHtml(text)}</pre></details>`;
  return page(
    subject || "(no subject)",
    `<p>From ${escapeHtml(from?.address ?? envelope.from)} to ${escapeHtml(envelope.to.join(", "))}, ${escapeHtml(receiveTime)}.
     <a href="/mailbox">All mail</a></p>${shown}`,
  );
}
