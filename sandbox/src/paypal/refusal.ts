import { randomBytes } from "node:crypto";
import { json, type Reply } from "../http.ts";

/** An error in PayPal's shape: a name for its kind, an issue for its cause. It undoes what its request did so far. */
export class PayPalRefusal extends Error {
  readonly status: number;
  readonly kind: string;
  readonly issue: string;
  /** What is to be done all the same. */
  readonly afterwards: (() => void) | undefined;

  constructor(status: number, kind: string, issue: string, description: string, afterwards?: () => void) {
    super(description);
    this.name = "PayPalRefusal";
    this.status = status;
    this.kind = kind;
    this.issue = issue;
    this.afterwards = afterwards;
  }
}

/** What is well written and cannot be done. */
export function refused(issue: string, description: string, afterwards?: () => void): PayPalRefusal {
  return new PayPalRefusal(422, "UNPROCESSABLE_ENTITY", issue, description, afterwards);
}

export function notFound(): PayPalRefusal {
  return new PayPalRefusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "Specified resource ID does not exist.");
}

export function refusalReply({ status, kind, issue, message }: PayPalRefusal): Reply {
  return errorReply(status, kind, [{ issue, description: message }]);
}

export function errorReply(status: number, name: string, details: readonly object[] = []): Reply {
  const debugId = randomBytes(7).toString("hex").slice(0, 13);
  const body = { name, message: "The request could not be performed (a sandbox).", debug_id: debugId, details };
  return json(status, body, { "paypal-debug-id": debugId });
}
