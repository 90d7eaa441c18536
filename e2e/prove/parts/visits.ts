import { randomUUID } from "node:crypto";
import { fillCart, quote } from "../../order.ts";
import { type Json, list, text } from "../../shop.ts";
import { COUPON } from "../../stories/guest.ts";
import type { Goods } from "./buyers.ts";
import { type Chance, createChance } from "./chance.ts";
import { kindAt, kindOf } from "./kinds.ts";
import type { Ground, Visit } from "./visit.ts";

/** A day in the shop. */
export type Day = Omit<Ground, "chance"> & {
  readonly seed: number;
  /** The first new visit's number; no two of all days have the same. */
  readonly first: number;
  readonly count: number;
  /** Visits of days before, of whom some come back. */
  readonly before: readonly Visit[];
  /** Closes early where it says so. */
  readonly isOver: () => boolean;
  readonly buyerCount: number;
  readonly goods: Goods;
  readonly say: (line: string) => void;
};

/** How many of a hundred have an account; of a new one each, for what a declined order leaves in a cart would be in the next. */
const CUSTOMERS_PERCENT = 10;
/** How many of a hundred have their goods sent by UPS, whoever is cheaper. */
const UPS_PERCENT = 25;
const TOLD_EVERY = 50;

/** New visits, and what buyers of before still want, several side by side. All visits, as they are at its end. */
export async function spendDay(day: Day): Promise<readonly Visit[]> {
  const { seed, first, count, before, buyerCount, isOver, say } = day;
  const visits = before.filter(({ later }) => later === undefined);
  const doings = chanceOf(seed, first).shuffled([
    ...Array.from({ length: count }, (_, index) => () => visitOnce(day, first + index)),
    ...before.filter(({ later }) => later !== undefined).map((visit) => () => comeBack(day, visit)),
  ]);
  const startedMs = performance.now();
  const already = visits.length;
  let begun = 0;
  const goOn = async (): Promise<void> => {
    for (;;) {
      const doing = isOver() ? undefined : doings[begun];
      if (doing === undefined) return;
      begun += 1;
      visits.push(await doing());
      if (visits.length % TOLD_EVERY === 0)
        say(`${visits.length} visits, ${paceOf(visits.length - already, startedMs)}`);
    }
  };
  await Promise.all(Array.from({ length: buyerCount }, goOn));
  return visits;
}

function paceOf(count: number, sinceMs: number): string {
  return `${(count / ((performance.now() - sinceMs) / 1_000)).toFixed(1)} a second today`;
}

/** Whether a visit should end in an order that is confirmed. */
export function isPaid({ kind }: Visit): boolean {
  return kindOf(kind).isPaid;
}

async function visitOnce({ seed, goods, shop, staff, sandboxUrl }: Day, number: number): Promise<Visit> {
  const chance = chanceOf(seed, number);
  const ground: Ground = { shop, staff, sandboxUrl, chance };
  const kind = kindAt(chance.next());
  const skus = goods.take(kindOf(kind).goods ?? (chance.next() < 0.35 ? "two" : "one"), chance);
  const email = `buyer-${number}-${seed}@example.com`;
  const coupon = chance.next() < 0.3 ? COUPON : "";
  const nothing = { orderIds: [], calledOff: [], sentBack: [], contradictions: [], later: undefined };
  let visit: Visit = { kind, email, skus, total: 0, state: "", groupId: "", token: "", refusal: "", ...nothing };
  try {
    const session = 100 * chance.next() < CUSTOMERS_PERCENT ? await register(ground, email) : "";
    const guest = await fillCart(shop, skus, coupon, session);
    const cheapest = await quote(shop, guest, email);
    const quoted = 100 * chance.next() < UPS_PERCENT ? await quote(shop, guest, email, byUps(cheapest)) : cheapest;
    visit = { ...visit, token: guest.token, total: Number(text(quoted, "totals", "total", "minorUnits")) };
    const basket = { guest, quoteId: text(quoted, "id"), total: visit.total };
    const { go, atOnce, later } = kindOf(kind);
    visit = { ...visit, ...(await go(ground, basket)) };
    if (visit.groupId === "") return visit;
    return { ...visit, later, ...(await atOnce?.(ground, visit)) };
  } catch (error) {
    return { ...visit, refusal: wordOf(error) };
  }
}

/** What goes wrong with it is told as a refusal: nothing more is wanted then. */
async function comeBack({ seed, shop, staff, sandboxUrl, say }: Day, visit: Visit): Promise<Visit> {
  const ground: Ground = { shop, staff, sandboxUrl, chance: chanceOf(seed, visit.total) };
  try {
    return { ...visit, later: undefined, ...(await visit.later?.(ground, visit)) };
  } catch (error) {
    say(`${visit.email}, who ${visit.kind}: ${wordOf(error)}`);
    return { ...visit, later: undefined, refusal: wordOf(error) };
  }
}

/** UPS's cheapest way for each seller that offers one. */
function byUps(quoted: Json): Readonly<Record<string, string>> {
  const choices = list(quoted, "sellers").flatMap((seller) => {
    const option = list(seller, "shippingOptions").find((one) => text(one, "carrier") === "ups");
    return option === undefined ? [] : [[text(seller, "sellerId"), text(option, "id")] as const];
  });
  return Object.fromEntries(choices);
}

async function register({ shop }: Ground, email: string): Promise<string> {
  const account = { requestId: randomUUID(), email, password: `pass phrase of ${email}`, name: "Buyer" };
  return text(await shop.call("shop.auth.v1.AuthService/Register", account), "sessionToken");
}

function wordOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Choices of its own for each number. */
function chanceOf(seed: number, number: number): Chance {
  return createChance(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
}
