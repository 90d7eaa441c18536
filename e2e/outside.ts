import { setTimeout as delay } from "node:timers/promises";
import { type Json, list, object, text } from "./shop.ts";

/** What the world outside the shop knows: the card provider's books, the payer's bank, the mailbox. */
export type Outside = {
  /** What the provider charged for a group and kept, and what it holds, in minor units. */
  money(groupId: string): Promise<{ readonly net: number; readonly held: number; readonly captured: number }>;
  /** The same of one payment, whoever its provider is. */
  moneyOf(paymentId: string): Promise<{ readonly net: number; readonly held: number; readonly captured: number }>;
  /** The payer agrees at PayPal's page, to which the shop sent them, as the test account of that name. */
  agreeAtPayPal(actionUrl: string, payer?: string): Promise<void>;
  /** The payer turns back there. */
  turnBackAtPayPal(actionUrl: string): Promise<void>;
  /** How often the provider charged or promised money for a group. */
  authorizations(groupId: string): Promise<number>;
  /** The payer passes the check at the address that the shop gave. */
  passCheck(actionUrl: string): Promise<void>;
  /** The payer fails it. */
  failCheck(actionUrl: string): Promise<void>;
  /** The mail to an address with a word in it, waited for. Throws where none comes. */
  mail(to: string, word: string): Promise<Json>;
  /** The latest SMS to a number with a word in it, waited for. Throws where none comes. */
  sms(to: string, word: string): Promise<Json>;
  /** Texts back from a number. */
  textBack(from: string, body: string): Promise<void>;
};

const MAIL_WAIT_MS = 15_000;
const LOOK_AGAIN_MS = 250;

/** The sandbox at `sandboxUrl`. */
export function openOutside(sandboxUrl: string): Outside {
  const get = async (path: string): Promise<Json> => (await (await fetch(`${sandboxUrl}${path}`)).json()) as Json;
  const ledger = (groupId: string) => get(`/sandbox/ledger?metadata[order_group_id]=${groupId}`);
  const check = async (actionUrl: string, how: "complete" | "fail"): Promise<void> => {
    const intent = new URL(actionUrl).pathname.split("/").at(-1) ?? "";
    await fetch(`${sandboxUrl}/stripe/3ds/${intent}/${how}`, { method: "POST", redirect: "manual" });
  };
  const atPayPal = async (actionUrl: string, deed: string): Promise<void> => {
    const id = new URL(actionUrl).searchParams.get("token") ?? "";
    await fetch(`${sandboxUrl}/paypal/checkoutnow/${id}/${deed}`, { method: "POST", redirect: "manual" });
  };
  const sums = (found: Json) => {
    const totals = Object.values(object(found, "totals"));
    const sum = (name: string) => totals.reduce<number>((all, total) => all + Number(text(total, name) || "0"), 0);
    return { net: sum("net"), held: sum("held"), captured: sum("captured") };
  };
  return {
    money: async (groupId) => sums(await ledger(groupId)),
    moneyOf: async (paymentId) => sums(await get(`/sandbox/ledger?metadata[payment_id]=${paymentId}`)),
    agreeAtPayPal: (actionUrl, payer = "buyer") => atPayPal(actionUrl, `approve?payer=${payer}@paypal.test`),
    turnBackAtPayPal: (actionUrl) => atPayPal(actionUrl, "cancel"),
    async authorizations(groupId) {
      const entries = list(await ledger(groupId), "entries");
      return entries.filter((entry) => ["authorize", "charge"].includes(text(entry, "operation"))).length;
    },
    passCheck: (actionUrl) => check(actionUrl, "complete"),
    failCheck: (actionUrl) => check(actionUrl, "fail"),
    async sms(to, word) {
      const path = `/sms/messages?to=${encodeURIComponent(to)}&waitMs=${MAIL_WAIT_MS}`;
      for (const limit = Date.now() + MAIL_WAIT_MS; Date.now() < limit; await delay(LOOK_AGAIN_MS)) {
        const sms = list(await get(path), "messages").find((message) => text(message, "body").includes(word));
        if (sms !== undefined) return sms;
      }
      throw new Error(`no SMS to ${to} says ${word}`);
    },
    async textBack(from, body) {
      const headers = { "content-type": "application/json" };
      await fetch(`${sandboxUrl}/sandbox/sms/replies`, {
        method: "POST",
        headers,
        body: JSON.stringify({ from, body }),
      });
    },
    async mail(to, word) {
      const limit = Date.now() + MAIL_WAIT_MS;
      const path = `/mailbox/messages?to=${encodeURIComponent(to)}&waitMs=${MAIL_WAIT_MS}`;
      for (;;) {
        const found = list(await get(path), "messages");
        const mails = await Promise.all(found.map((message) => get(`/mailbox/messages/${text(message, "id")}`)));
        const mail = mails.find((candidate) => JSON.stringify(candidate).includes(word));
        if (mail !== undefined) return mail;
        if (Date.now() > limit) throw new Error(`no mail to ${to} says ${word}; ${found.length} others came`);
        await delay(LOOK_AGAIN_MS);
      }
    },
  };
}
