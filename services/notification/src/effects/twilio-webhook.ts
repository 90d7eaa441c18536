import { createHmac, timingSafeEqual } from "node:crypto";
import { DomainError } from "@shopmesh/kernel";

/** What the SMS provider tells. */
export type SmsEvent =
  | {
      readonly kind: "status";
      readonly id: string;
      readonly reference: string;
      readonly status: string;
      readonly code: string;
    }
  | { readonly kind: "answer"; readonly id: string; readonly from: string; readonly text: string };

/**
 * Reads what Twilio posts. Its signature is an HMAC-SHA1, in base64, of the address that it posts to and of every field, by
 * name (https://www.twilio.com/docs/usage/security). Throws SIGNATURE_INVALID, EVENT_MALFORMED.
 */
export function readTwilioEvent(
  authToken: string,
  { url, body, signature }: { readonly url: string; readonly body: Uint8Array; readonly signature: string },
): SmsEvent {
  const fields = new URLSearchParams(Buffer.from(body).toString("utf8"));
  const names = [...new Set(fields.keys())].sort();
  const signed = url + names.flatMap((name) => [name, ...fields.getAll(name)]).join("");
  const expected = createHmac("sha1", authToken).update(signed, "utf8").digest();
  const given = Buffer.from(signature, "base64");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new DomainError("denied", "SIGNATURE_INVALID");
  }
  const reference = fields.get("MessageSid") ?? fields.get("SmsSid") ?? "";
  if (!/^[A-Za-z0-9]{1,64}$/.test(reference))
    throw new DomainError("invalid", "EVENT_MALFORMED", { field: "MessageSid" });
  const status = fields.get("MessageStatus") ?? "";
  if (status !== "") {
    return {
      kind: "status",
      id: `twilio/${reference}/${status.slice(0, 32)}`,
      reference,
      status,
      code: fields.get("ErrorCode") ?? "",
    };
  }
  const from = fields.get("From") ?? "";
  if (from === "") throw new DomainError("invalid", "EVENT_MALFORMED", { field: "From" });
  return { kind: "answer", id: `twilio/${reference}`, from, text: fields.get("Body") ?? "" };
}
