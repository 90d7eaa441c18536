import { randomUUID } from "node:crypto";
import { json, type Route } from "../http.ts";
import { mailSignature } from "../webhook-post.ts";
import type { Webhooks } from "../webhooks.ts";
import type { Mailbox } from "./mailbox.ts";

/** What comes back of a mail later, in Mailgun's shape: `POST /mailbox/messages/:id/bounce` and `…/complaint`. */
export function mailEventRoutes(
  mailbox: Mailbox,
  webhooks: Pick<Webhooks, "enqueue">,
  secret: string,
): readonly Route[] {
  return (["bounce", "complaint"] as const).map((kind) => ({
    method: "POST",
    path: `/mailbox/messages/:id/${kind}`,
    answer({ params }) {
      const found = mailbox.find(params["id"] ?? "");
      if (found === undefined) return json(404, { error: "no such message" });
      const { envelope, headers } = found.message;
      const id = randomUUID();
      const event = kind === "bounce" ? { event: "failed", severity: "permanent" } : { event: "complained" };
      const told = {
        ...event,
        id,
        recipient: envelope.to[0] ?? "",
        message: { headers: { "message-id": (headers["message-id"] ?? "").replace(/^<|>$/g, "") } },
      };
      const body = JSON.stringify({
        signature: mailSignature(secret, Math.floor(Date.now() / 1000)),
        "event-data": told,
      });
      webhooks.enqueue({ provider: "mail", eventId: id, eventType: kind, body });
      return json(201, { id });
    },
  }));
}
