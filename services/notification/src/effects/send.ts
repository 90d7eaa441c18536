import { isRefusal } from "@shopmesh/kernel";
import type { Kept, ServiceContext } from "@shopmesh/mesh";
import { type Deferred, type Delivery, type Failure, isResent, type Sent, type Withheld } from "../delivery.ts";
import { isOneAddress } from "../mail.ts";
import { type Channel, messageTopics } from "../message.ts";
import { allowedFrom, isRequired, isWanted, type Settings } from "../preference.ts";
import { defaultWording, type Wording } from "../store/wordings.ts";
import { listSuppressions } from "../store/suppressions.ts";
import { withheldBy } from "../suppression.ts";
import { type Locale, localeOf } from "../templates/template.ts";
import { hashOf, type UnsubscribeLinks } from "./addresses.ts";
import type { Content, Owners } from "./content.ts";
import type { Mailer } from "./mailer.ts";
import type { Texter } from "./texter.ts";
import { pageOf, type Worded, word } from "./wording.ts";

export type SendDeps = Owners &
  Pick<ServiceContext, "clock" | "sql" | "log"> & {
    /** Those that were changed, as this process knows them. */
    readonly wordings: Pick<Kept<readonly Wording[]>, "get">;
    readonly mailer: Pick<Mailer, "send" | "messageIdOf">;
    /** Undefined where no SMS provider is configured. */
    readonly texter: Texter | undefined;
    readonly links: UnsubscribeLinks;
    /** Where the shop is, without a slash at its end. */
    readonly shopUrl: string;
  };

type Looked = { readonly content: Content; readonly settings: Settings };

/** Sends a delivery by its channel, unless its recipient does not want it, must not have it, or is not to be disturbed now. */
export async function send(
  deps: SendDeps,
  delivery: Delivery,
  looked: Looked,
): Promise<Sent | Failure | Withheld | Deferred> {
  const { channel, template } = delivery;
  const { settings } = looked;
  const address = addressOf(delivery, looked);
  if (address === "") return { reason: "RECIPIENT_MISSING", isFinal: true };
  // What people ask for by SMS is answered whatever they want to hear of.
  const isAsked = isResent(delivery) || template === "sms-help" || template === "phone-code";
  if (!isAsked && !isWanted(settings, messageTopics[template], channel)) return { withheld: "NOT_WANTED" };
  // Before its owner has proved it a number may be anybody's.
  if (!isAsked && channel === "sms" && settings.phoneVerifiedMs === undefined)
    return { withheld: "PHONE_NOT_VERIFIED" };
  const known = channel === "in-app" ? [] : await listSuppressions(deps.sql, hashOf(address));
  const withheld = withheldBy(known, template, channel);
  if (withheld !== undefined) return { withheld };
  const fromMs = isAsked ? 0 : allowedFrom(settings, template, channel, deps.clock());
  if (fromMs > deps.clock()) return { deferredToMs: fromMs };
  return bySender[channel](deps, delivery, { ...looked, address });
}

function addressOf({ channel, recipient }: Delivery, { content, settings }: Looked): string {
  if (channel === "email") return recipient || content.email;
  return channel === "sms" ? recipient || settings.phoneNumber : content.personId;
}

type Sending = Looked & { readonly address: string };
type Sender = (deps: SendDeps, delivery: Delivery, sending: Sending) => Promise<Sent | Failure>;

const bySender: Readonly<Record<Channel, Sender>> = { email: sendMail, sms: sendSms, "in-app": show };

async function sendMail(deps: SendDeps, delivery: Delivery, sending: Sending): Promise<Sent | Failure> {
  const { address, content } = sending;
  if (!isOneAddress(address)) return { reason: "RECIPIENT_INVALID", isFinal: true };
  const { worded, locale } = await wordFor(deps, delivery, sending);
  const token = isRequired(messageTopics[delivery.template], "email") ? undefined : deps.links.tokenOf(delivery.id);
  const footer = token === undefined ? undefined : { unsubscribeUrl: `${deps.shopUrl}/unsubscribe?token=${token}` };
  const { subject, text, html } = pageOf(worded, locale, footer);
  const messageId = deps.mailer.messageIdOf(delivery.id);
  const failure = await deps.mailer.send({
    subject,
    text,
    html,
    to: { name: content.name, address },
    messageId,
    unsubscribeUrl: token && `${deps.shopUrl}/webhooks/unsubscribe?token=${token}`,
    attributes: { "order.number": content.orderNumber, "notification.template": delivery.template },
  });
  if (failure !== undefined) return { ...failure, ...(failure.isFinal ? { refusedAddress: address } : {}) };
  return { recipient: address, subject, locale, providerReference: messageId };
}

async function sendSms(deps: SendDeps, delivery: Delivery, sending: Sending): Promise<Sent | Failure> {
  const { texter } = deps;
  if (texter === undefined) return { reason: "SMS_NOT_CONFIGURED", isFinal: true };
  const { address: to } = sending;
  const { worded, locale } = await wordFor(deps, delivery, sending);
  const { subject, text, short } = worded;
  // A secret is in the text alone, for the short form is also what the shop's own pages keep.
  const body = delivery.template === "phone-code" ? text : short;
  const found = await findSent(texter, delivery, { to, body });
  if ("reason" in found) return found;
  const sent = found.reference === undefined ? await texter.send({ to, body }) : { reference: found.reference };
  if ("reason" in sent) return { ...sent, ...(sent.isFinal ? { refusedAddress: to } : {}) };
  return { recipient: to, subject, locale, providerReference: sent.reference };
}

/** What an earlier try may have sent without anybody hearing of it. */
async function findSent(
  texter: Texter,
  { unsureSinceMs }: Delivery,
  sms: { readonly to: string; readonly body: string },
) {
  return unsureSinceMs === undefined ? { reference: undefined } : texter.find({ ...sms, sinceMs: unsureSinceMs });
}

async function show(deps: SendDeps, delivery: Delivery, sending: Sending): Promise<Sent> {
  const { worded, locale } = await wordFor(deps, delivery, sending);
  return { recipient: sending.address, subject: worded.subject, locale, providerReference: "" };
}

/** The message in its recipient's language. A changed wording that cannot be rendered is told and gives way to the code's own. */
export async function wordFor(
  { wordings, log }: Pick<SendDeps, "wordings" | "log">,
  { template, id }: Delivery,
  { content, settings }: Looked,
): Promise<{ readonly worded: Worded; readonly locale: Locale }> {
  const locale = localeOf(settings.locale, content.locale);
  const changed = (await wordings.get()).find((wording) => wording.name === template && wording.locale === locale);
  const wording = changed ?? defaultWording(template, locale);
  const use = { locale, isStrict: false };
  try {
    return { worded: word(wording.text, content.model, use), locale };
  } catch (error) {
    if (wording.version === 0 || !isRefusal(error, "TEMPLATE_INVALID")) throw error;
    log.error("a changed wording cannot be rendered", { delivery_id: id, template, version: wording.version }, error);
    return { worded: word(defaultWording(template, locale).text, content.model, use), locale };
  }
}
