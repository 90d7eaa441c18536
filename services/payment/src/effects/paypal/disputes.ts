import type { DisputeDesk, DisputesPage, Evidence, ProviderDispute, RecordsQuery } from "../../provider.ts";
import type { Ask, PayPalError, Question } from "./ask.ts";
import { fromPayPalMoney } from "./units.ts";

/** A dispute, as PayPal's Customer Disputes API v1 shows it. */
type WireDispute = {
  readonly dispute_id: string;
  readonly status: string;
  readonly reason?: string;
  readonly dispute_amount: { readonly currency_code: string; readonly value: string };
  readonly dispute_life_cycle_stage?: string;
  readonly dispute_outcome?: { readonly outcome_code?: string };
  readonly seller_response_due_date?: string;
  readonly evidences?: readonly { readonly source?: string }[];
  readonly disputed_transactions?: readonly { readonly custom?: string }[];
};

/** A page of their list, which tells of each no more than its name and state. */
type WireDisputes = {
  readonly items?: readonly { readonly dispute_id: string }[];
  readonly links?: readonly { readonly rel: string; readonly href: string }[];
};

/** Of a page: each is looked up by itself, within the time of one question. */
const MOST_LISTED = 20;

/** Disputes at PayPal; its client knows nothing of them. A talk between payer and shop is none yet. */
export function createPayPalDisputes(ask: Ask): DisputeDesk {
  return {
    list: (query, timeoutMs) => ask("listDisputes", { timeoutMs }, (question) => listDisputes(question, query)),
    find: (reference, timeoutMs) => ask("findDispute", { timeoutMs }, (question) => findDispute(question, reference)),
    answer: ({ disputeId, reference, evidence }, timeoutMs) =>
      ask("answerDispute", { timeoutMs }, async (question) => {
        const form = new FormData();
        const input = { evidences: [evidenceOf(evidence)] };
        form.append("input", new Blob([JSON.stringify(input)], { type: "application/json" }));
        const headers = { "paypal-request-id": `${disputeId}/evidence` };
        await askPlainly(question, `/${reference}/provide-evidence`, { method: "POST", headers, body: form });
        return findDispute(question, reference);
      }),
  };
}

function evidenceOf({ explanation, carrier, trackingNumber }: Evidence) {
  const tracking = [{ carrier_name: carrier.toUpperCase(), tracking_number: trackingNumber }];
  return {
    evidence_type: trackingNumber === "" ? "OTHER" : "PROOF_OF_FULFILLMENT",
    ...(trackingNumber === "" ? {} : { evidence_info: { tracking_info: tracking } }),
    notes: explanation.slice(0, 2_000),
  };
}

async function listDisputes(question: Question, { fromMs, cursor, limit }: RecordsQuery): Promise<DisputesPage> {
  const wanted = new URLSearchParams({
    start_time: new Date(fromMs).toISOString(),
    page_size: String(Math.min(limit, MOST_LISTED)),
    ...(cursor === "" ? {} : { next_page_token: cursor }),
  });
  const { items = [], links = [] } = (await askPlainly(question, `?${wanted}`, { method: "GET" })) as WireDisputes;
  const found = (await Promise.all(
    items.map(({ dispute_id: id }) => askPlainly(question, `/${id}`, { method: "GET" })),
  )) as readonly WireDispute[];
  const next = links.find(({ rel }) => rel === "next")?.href;
  return {
    disputes: found.flatMap((dispute) => {
      const read = readDispute(dispute);
      const id = dispute.disputed_transactions?.[0]?.custom ?? "";
      return read === undefined ? [] : [{ ...read, payment: { reference: "", id } }];
    }),
    cursor: next === undefined ? "" : (new URL(next).searchParams.get("next_page_token") ?? ""),
  };
}

async function findDispute(question: Question, reference: string): Promise<ProviderDispute | undefined> {
  return readDispute((await askPlainly(question, `/${reference}`, { method: "GET" })) as WireDispute);
}

async function askPlainly(
  { url, token, until }: Question,
  path: string,
  {
    headers = {},
    ...init
  }: { readonly method: string; readonly headers?: Record<string, string>; readonly body?: FormData },
): Promise<unknown> {
  const response = await fetch(`${url}/v1/customer/disputes${path}`, {
    ...init,
    headers: { authorization: `Bearer ${token}`, accept: "application/json", ...headers },
    signal: until.abortSignal,
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const result: unknown = /^\s*[{]/.test(text) ? JSON.parse(text) : {};
  throw Object.assign(new Error("PayPal refuses"), { statusCode: response.status, result }) satisfies PayPalError;
}

/** Outcomes that leave the money with the shop; any other is the payer's. */
const kept = new Set(["RESOLVED_SELLER_FAVOUR", "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "DENIED"]);

function readDispute(dispute: WireDispute): ProviderDispute | undefined {
  if (dispute.dispute_life_cycle_stage === "INQUIRY") return undefined;
  const { currency_code: currencyCode, value } = dispute.dispute_amount;
  const amount = fromPayPalMoney({ currencyCode, value });
  const isDecided = dispute.status === "RESOLVED";
  const { seller_response_due_date: due, evidences = [] } = dispute;
  return {
    reference: dispute.dispute_id,
    state: isDecided ? (kept.has(dispute.dispute_outcome?.outcome_code ?? "") ? "won" : "lost") : "open",
    amount,
    // PayPal books its fee by itself, and does not tell it here.
    fee: { ...amount, minorUnits: 0n },
    reason: (dispute.reason ?? "").toLowerCase(),
    evidenceDueMs: due === undefined ? undefined : Date.parse(due),
    isAnswered: dispute.status === "UNDER_REVIEW" || evidences.some(({ source }) => source === "SUBMITTED_BY_SELLER"),
  };
}
