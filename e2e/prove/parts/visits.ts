import { openOutside } from "../../outside.ts";
import { cards, fillCart, type Guest, place, type Placed, quote } from "../../order.ts";
import { Refusal, type Shop, text } from "../../shop.ts";
import { COUPON } from "../../stories/guest.ts";
import type { Goods, Sale } from "./buyers.ts";
import type { Chance } from "./chance.ts";

/** What a buyer does, and with which card. */
export type Kind = keyof typeof kinds;

/** One buyer's visit, and what came of it as she saw it. */
export type Visit = Sale & {
  readonly kind: Kind;
  /** Orders that she was told are called off, or are being. */
  readonly calledOff: readonly string[];
  /** Answers to one wish that were not the same. */
  readonly contradictions: readonly string[];
};

type Ground = {
  readonly shop: Shop;
  readonly sandboxUrl: string;
  readonly chance: Chance;
  readonly say: (line: string) => void;
};
type Basket = { readonly guest: Guest; readonly quoteId: string };
type Outcome = Pick<Visit, "state" | "groupId"> & Partial<Pick<Visit, "calledOff" | "contradictions">>;
type Course = {
  /** How many of a hundred. */
  readonly percent: number;
  /** Whether the bank gives the money in the end. */
  readonly isPaid: boolean;
  readonly go: (ground: Ground, basket: Basket) => Promise<Outcome>;
};

const nothing: Outcome = { state: "", groupId: "" };

const pay =
  (card: string): Course["go"] =>
  ({ shop }, { guest, quoteId }) =>
    place(shop, guest, quoteId, card).then(outcomeOf);

/** What people do; the parts are of a hundred. */
const kinds = {
  pays: { percent: 53, isPaid: true, go: pay(cards.good) },
  "pays by a slow card": { percent: 2, isPaid: true, go: pay("pm_sandbox_slow") },
  "pays, the bank's answer lost": { percent: 3, isPaid: true, go: pay(cards.lostAnswer) },
  "pays, the bank's answer cut": { percent: 3, isPaid: true, go: pay("pm_sandbox_resetAfterCharge") },
  "is declined": { percent: 5, isPaid: false, go: pay(cards.declined) },
  "passes 3-D Secure": { percent: 6, isPaid: true, go: (ground, basket) => act(ground, basket, "complete") },
  "fails 3-D Secure": { percent: 2, isPaid: false, go: (ground, basket) => act(ground, basket, "fail") },
  "leaves 3-D Secure": { percent: 2, isPaid: false, go: (ground, basket) => act(ground, basket, "leave") },
  "submits twice": { percent: 6, isPaid: true, go: submitTwice },
  "calls it off": { percent: 8, isPaid: true, go: callOff },
  "calls a part off": { percent: 5, isPaid: true, go: callOff },
  "leaves her cart": { percent: 5, isPaid: false, go: async () => nothing },
} as const satisfies Readonly<Record<string, Course>>;

/** Whether a visit should end in an order that is confirmed. */
export function isPaid({ kind }: Visit): boolean {
  return kinds[kind].isPaid;
}

export type VisitOptions = Ground & {
  readonly goesOn: (begun: number) => boolean;
  /** Guests: what a declined order leaves in the one cart of a customer would be in her next. */
  readonly buyerCount: number;
  readonly goods: Goods;
};

/** Visits of several buyers side by side; what they do is drawn by `chance`. */
export async function visit({ goesOn, buyerCount, goods, ...ground }: VisitOptions): Promise<readonly Visit[]> {
  const visits: Visit[] = [];
  const { chance, say } = ground;
  const run = Math.trunc(chance.next() * 2 ** 32).toString(36);
  let begun = 0;
  const visitAll = async (): Promise<void> => {
    while (goesOn(begun)) {
      begun += 1;
      const kind = draw(chance);
      const skus = goods.take(kind === "calls a part off" || chance.next() < 0.35 ? 2 : 1);
      const coupon = chance.next() < 0.3 ? COUPON : "";
      visits.push(await visitOnce(ground, { kind, skus, coupon, email: `buyer-${begun}-${run}@example.com` }));
      if (visits.length % 50 === 0) say(`${visits.length} visits`);
    }
  };
  await Promise.all(Array.from({ length: buyerCount }, visitAll));
  return visits;
}

type Wish = Pick<Visit, "kind" | "skus" | "email"> & { readonly coupon: string };

async function visitOnce(ground: Ground, { kind, skus, email, coupon }: Wish): Promise<Visit> {
  const none = { kind, email, skus, total: 0, ...nothing, refusal: "", calledOff: [], contradictions: [] };
  let total = 0;
  try {
    const guest = await fillCart(ground.shop, skus, coupon);
    const quoted = await quote(ground.shop, guest, email);
    total = Number(text(quoted, "totals", "total", "minorUnits"));
    const outcome = await kinds[kind].go(ground, { guest, quoteId: text(quoted, "id") });
    return { ...none, total, ...outcome };
  } catch (error) {
    return { ...none, total, refusal: error instanceof Error ? error.message : String(error) };
  }
}

function draw(chance: Chance): Kind {
  let left = chance.next() * Object.values(kinds).reduce((sum, { percent }) => sum + percent, 0);
  for (const [name, { percent }] of Object.entries(kinds)) {
    left -= percent;
    if (left < 0) return name as Kind;
  }
  return "pays";
}

/** Her bank wants to see her: she passes, fails, or never goes there. */
async function act(ground: Ground, basket: Basket, what: "complete" | "fail" | "leave"): Promise<Outcome> {
  const { shop, sandboxUrl } = ground;
  const placed = await place(shop, basket.guest, basket.quoteId, cards.threeDSecure);
  const actionUrl = text(placed.answer, "actionUrl");
  if (actionUrl === "" || what === "leave") return outcomeOf(placed);
  if (what === "complete") await openOutside(sandboxUrl).passCheck(actionUrl);
  else await openOutside(sandboxUrl).failCheck(actionUrl);
  return outcomeOf(placed);
}

/** Two clicks, of one key or of two: they are one order. */
async function submitTwice({ shop, chance }: Ground, { guest, quoteId }: Basket): Promise<Outcome> {
  const other = chance.next() < 0.5 ? `place-${quoteId}` : `again-${quoteId}`;
  const both = await Promise.all([
    place(shop, guest, quoteId, cards.good),
    place(shop, guest, quoteId, cards.good, other),
  ]);
  const ids = [...new Set(both.map(({ groupId }) => groupId))];
  return { ...outcomeOf(both[0]), contradictions: ids.length > 1 ? [`${ids.join(" and ")} of one cart`] : [] };
}

/** One of her orders is wanted no more; what has left meanwhile stays. */
async function callOff({ shop }: Ground, { guest, quoteId }: Basket): Promise<Outcome> {
  const placed = await place(shop, guest, quoteId, cards.good);
  const orderId = text(placed.orders[0], "id");
  const request = { requestId: `off-${orderId}`, orderId, reason: "CANCEL_REASON_CUSTOMER_REQUEST" };
  try {
    await shop.call("shop.order.v1.OrderService/CancelOrder", request, placed.token || guest.token);
    return { ...outcomeOf(placed), calledOff: [orderId] };
  } catch (error) {
    if (error instanceof Refusal && error.reason === "ORDER_STATE") return outcomeOf(placed);
    throw error;
  }
}

function outcomeOf({ state, groupId }: Placed): Outcome {
  return { state, groupId };
}
