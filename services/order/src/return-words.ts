import { formatMoney } from "@shopmesh/kernel";
import type { ExchangeState } from "./exchange.ts";
import type { Order } from "./order.ts";
import { acceptedOf, type Return, type ReturnState } from "./return.ts";

/** What became of an order's returns and refunds, as people say it. */
export type AftersaleWords = {
  readonly kind: "state" | "shipment" | "payment" | "request";
  readonly summary: string;
  readonly reason: string;
};

/** One sentence for each return and refund that moved. */
export function describeAftersale(known: Order, order: Order): readonly AftersaleWords[] {
  const returns = (order.returns ?? []).flatMap((one): readonly AftersaleWords[] => {
    const old = known.returns?.find(({ id }) => id === one.id);
    const isAsked = old !== undefined && old.escalateMs !== one.escalateMs;
    const moved = { kind: kindOf[one.state], summary: sentenceOf(one, order), reason: one.endReason };
    const asked = { kind: "request", summary: "the shop is asked to look at a return", reason: "" } as const;
    const words = one.exchange === undefined ? undefined : exchangeWords[one.exchange.state];
    const isNews = words !== undefined && old?.exchange?.state !== one.exchange?.state;
    const exchange = {
      kind: "state",
      summary: `${words} ${one.exchange?.orderNumber ?? ""}`.trim(),
      reason: "",
    } as const;
    return [...(old?.state === one.state ? [] : [moved]), ...(isNews ? [exchange] : []), ...(isAsked ? [asked] : [])];
  });
  const refunds = (order.refunds ?? []).flatMap(({ id, state, amount, reason }): readonly AftersaleWords[] => {
    if (known.refunds?.find((old) => old.id === id)?.state === state) return [];
    const how = state === "pending" ? "is being given back" : "was given back";
    return [{ kind: "payment", summary: `${formatMoney(amount)} ${how}`, reason }];
  });
  return [...returns, ...refunds];
}

/** What is told of an exchange; what its return tells by itself is not said twice. */
const exchangeWords: Readonly<Partial<Record<ExchangeState, string>>> = {
  wanted: "something else is wanted instead; it will be order",
  reserved: "what is wanted instead is kept for order",
  "out-of-stock": "what was wanted instead is sold out; money will be given back and not order",
  dropped: "money will be given back instead of order",
  placed: "what was wanted instead becomes order",
  failed: "money is given back instead of order",
};

const kindOf: Readonly<Record<ReturnState, AftersaleWords["kind"]>> = {
  requested: "request",
  approved: "state",
  declined: "state",
  "label-sent": "shipment",
  "in-transit": "shipment",
  received: "shipment",
  "partially-received": "shipment",
  inspected: "state",
  refunded: "state",
  exchanged: "state",
  rejected: "state",
};

function sentenceOf({ state, lines }: Return, order: Order): string {
  const titleOf = (id: string) => order.lines.find((line) => line.id === id)?.title ?? "";
  const goods = wordsOf(lines.map(({ lineId, quantity }) => `${quantity} × ${titleOf(lineId)}`));
  const sum = (of: (line: Return["lines"][number]) => number) => lines.reduce((total, line) => total + of(line), 0);
  const asked = sum(({ quantity }) => quantity);
  const sentences: Readonly<Record<ReturnState, string>> = {
    requested: `a return of ${goods} was asked for`,
    approved: `the return of ${goods} was approved`,
    declined: `the return of ${goods} was declined`,
    "label-sent": `the label to send back ${goods} is there`,
    "in-transit": `${goods} is on its way back`,
    received: `${goods} came in, all of it`,
    "partially-received": `of ${goods} ${sum(({ received }) => received)} of ${asked} came in`,
    inspected: `${goods} was inspected, ${sum(acceptedOf)} of ${asked} accepted`,
    refunded: `the return of ${goods} is paid back`,
    exchanged: `${goods} is exchanged`,
    rejected: `the return of ${goods} was rejected`,
  };
  return sentences[state];
}

/** Of goods with long names the sentence tells so much, in code points; of many the others only how many. */
const GOODS_LENGTH = 100;

function wordsOf([first = "", ...others]: readonly string[]): string {
  const all = [first, ...others].join(", ");
  if ([...all].length <= GOODS_LENGTH) return all;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  const letters = [...first];
  const most = GOODS_LENGTH - more.length;
  const name = letters.length <= most ? first : `${letters.slice(0, most - 1).join("")}…`;
  return `${name}${more}`;
}
