import type { Order } from "@paypal/paypal-server-sdk";
import type { ProviderBooks, ProviderRecord, RecordsPage, RecordsQuery } from "../../provider.ts";
import type { Ask, Question } from "./ask.ts";
import { type PayPalMoney, fromPayPalMoney } from "./units.ts";
import { isTaken, paymentsOf, readOrder } from "./words.ts";

/** What moved may be listed so late. https://developer.paypal.com/docs/api/transaction-search/v1/ */
const LAG_MS = 3 * 3_600_000;
/** Of a page: each of its payments is looked up by itself, within the time of one question. */
const MOST_LISTED = 20;
const AT_ONCE = 5;

/** PayPal's codes of transactions: authorisations, captures, refunds. */
const codes = { promises: "T1300", captures: "T0006", refunds: "T1107" } as const;

/** PayPal's list of transactions. It tells amounts of movements, not of payments: those are read from their orders. */
export function createPayPalBooks(ask: Ask): ProviderBooks {
  const list = (name: keyof typeof codes) => (query: RecordsQuery, timeoutMs: number) =>
    ask(`list ${name}`, { timeoutMs }, (question) => readPage(question, codes[name], query));
  return {
    lagMs: LAG_MS,
    promises: list("promises"),
    captures: list("captures"),
    refunds: list("refunds"),
    find: (reference, timeoutMs) =>
      ask("find record", { timeoutMs, reference }, async ({ orders, until }) => {
        const { result } = await orders.getOrder({ id: reference }, until);
        return recordOf(result);
      }),
  };
}

async function readPage(question: Question, code: string, query: RecordsQuery): Promise<RecordsPage> {
  const page = query.cursor === "" ? 1 : Number(query.cursor);
  const { result } = await question.transactions.searchTransactions(
    {
      startDate: new Date(query.fromMs).toISOString(),
      endDate: new Date(query.toMs).toISOString(),
      transactionType: code,
      fields: "transaction_info",
      pageSize: Math.min(query.limit, MOST_LISTED),
      page,
    },
    question.until,
  );
  const listed = (result.transactionDetails ?? []).flatMap(({ transactionInfo: info }) =>
    info === undefined ? [] : [info],
  );
  // Of several movements of one payment one is looked up.
  const byPayment = new Map(listed.map((info) => [info.customField || info.transactionId, info.transactionId ?? ""]));
  const found = await lookUpAll(question, code, [...byPayment.values()]);
  return {
    records: found.filter((record) => record !== undefined),
    cursor: page < (result.totalPages ?? 0) ? String(page + 1) : "",
  };
}

async function lookUpAll(question: Question, code: string, ids: readonly string[]) {
  const found: (ProviderRecord | undefined)[] = [];
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE);
    found.push(...(await Promise.all(some.map((id) => lookUp(question, code, id)))));
  }
  return found;
}

/** The payment that a transaction belongs to; undefined for one that came of no order. */
async function lookUp(question: Question, code: string, id: string): Promise<ProviderRecord | undefined> {
  const orderId = await orderOf(question, code, id);
  if (orderId === undefined) return undefined;
  const { result } = await question.orders.getOrder({ id: orderId }, question.until);
  return recordOf(result);
}

async function orderOf({ payments, until }: Question, code: string, id: string): Promise<string | undefined> {
  if (code === codes.promises) {
    const { result } = await payments.getAuthorizedPayment({ authorizationId: id }, until);
    return result.supplementaryData?.relatedIds?.orderId;
  }
  const captureId = code === codes.refunds ? await captureOf({ payments, until }, id) : id;
  if (captureId === undefined) return undefined;
  const { result } = await payments.getCapturedPayment({ captureId }, until);
  return result.supplementaryData?.relatedIds?.orderId;
}

/** A refund names its capture only by where its link "up" leads. */
async function captureOf({ payments, until }: Pick<Question, "payments" | "until">, refundId: string) {
  const { result } = await payments.getRefund({ refundId }, until);
  return result.links
    ?.find(({ rel }) => rel === "up")
    ?.href.split("/")
    .at(-1);
}

function recordOf(order: Order): ProviderRecord {
  const { captures = [], refunds = [] } = paymentsOf(order);
  const { reference, status } = readOrder(order);
  const [unit] = order.purchaseUnits ?? [];
  if (unit?.amount === undefined) throw new Error(`PayPal's order ${reference} has no amount`);
  return {
    reference,
    paymentId: unit.customId ?? "",
    amount: fromPayPalMoney(unit.amount),
    isPromise: status === "authorized",
    captured: sum(captures.filter((capture) => isTaken(String(capture.status)))),
    refunded: sum(refunds.filter((refund) => String(refund.status) === "COMPLETED")),
  };
}

function sum(movements: readonly { readonly amount?: PayPalMoney }[]): bigint {
  return movements.reduce(
    (total, { amount }) => total + (amount === undefined ? 0n : fromPayPalMoney(amount).minorUnits),
    0n,
  );
}
