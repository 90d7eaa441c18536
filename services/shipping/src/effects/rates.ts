import { createHash } from "node:crypto";
import { type Money, money } from "@shopmesh/kernel";
import type { CacheCodec, Call } from "@shopmesh/mesh";
import type { Carrier, CarrierAnswer, Patience, RateRequest } from "../carrier.ts";
import { addRates, type CarrierName, type CarrierRate, splitWeight } from "../rate.ts";
import type { CarrierRates, Parcel } from "../zone.ts";
import { type Desk, patienceOf } from "./change.ts";

/** What carriers said of one parcel; `isRefused`: all that were asked refuse its destination. */
export type RatesOf = { readonly rates: CarrierRates; readonly isRefused: boolean };

/** A parcel, and whom to ask about it. */
export type Asked = { readonly parcel: Parcel; readonly carriers: readonly CarrierName[] };

type RateAnswer = CarrierAnswer<readonly CarrierRate[]>;

/** How many questions are under way at once: a checkout of many sellers is many parcels. */
const AT_ONCE = 16;
/** So long a rate is told again as it was said. */
const RATES_LIFETIME = { ttlMs: 60_000 };
const HOUR_MS = 3_600_000;

/**
 * What carriers ask for parcels, each carrier once for what is alike (places, weight, currency), all within one deadline; what was
 * said within the last minute is not asked again. A carrier that does not answer is left out.
 */
export async function askRates(desk: Desk, call: Call, asked: readonly Asked[]): Promise<readonly RatesOf[]> {
  const patience = patienceOf(desk, call);
  const nowMs = desk.clock();
  const questions = new Map<string, { readonly carrier: Carrier; readonly request: RateRequest }>();
  for (const { parcel, carriers } of patience === undefined ? [] : asked) {
    for (const name of carriers) {
      const carrier = desk.carriers.get(name);
      if (carrier === undefined) continue;
      for (const request of requestsOf(parcel).keys()) questions.set(keyOf(name, request, nowMs), { carrier, request });
    }
  }
  const answers = new Map<string, RateAnswer>();
  await inTurns([...questions], AT_ONCE, async ([key, { carrier, request }]) => {
    const waiting = { timeoutMs: 0, ...patience, signal: call.signal };
    answers.set(key, await askOnce(desk, key, carrier, request, waiting));
  });
  return asked.map(({ parcel, carriers }) => {
    const said = carriers.map((name) => ({ name, answer: wholeAnswer(name, parcel, answers, nowMs) }));
    const rates = said.flatMap(({ name, answer }) =>
      answer.kind === "answered" ? [[name, answer.value] as const] : [],
    );
    const isRefused =
      said.length > 0 && said.every(({ answer }) => answer.kind === "refused" && answer.about === "country");
    return { rates: new Map(rates), isRefused };
  });
}

/** The questions about a parcel, which may be several, and how often each counts. */
function requestsOf({ from, destination, weightGrams, value }: Parcel): ReadonlyMap<RateRequest, number> {
  const requests = [...splitWeight(weightGrams)].map(
    ([grams, count]) => [{ from, destination, weightGrams: grams, currencyCode: value.currencyCode }, count] as const,
  );
  return new Map(requests);
}

/** What one carrier asks for all of a parcel. */
function wholeAnswer(
  name: CarrierName,
  parcel: Parcel,
  answers: ReadonlyMap<string, RateAnswer>,
  nowMs: number,
): RateAnswer {
  const parts: { readonly rates: readonly CarrierRate[]; readonly count: number }[] = [];
  for (const [request, count] of requestsOf(parcel)) {
    const answer = answers.get(keyOf(name, request, nowMs)) ?? { kind: "unanswered" };
    if (answer.kind !== "answered") return answer;
    parts.push({ rates: answer.value, count });
  }
  return { kind: "answered", value: addRates(parts) };
}

async function askOnce(
  { cache, clock }: Desk,
  key: string,
  carrier: Carrier,
  request: RateRequest,
  patience: Patience,
): Promise<RateAnswer> {
  const kept = await cache.through(key, RATES_LIFETIME, codec, async () => {
    const answer = await carrier.rates(request, patience);
    return answer.kind === "unanswered" ? undefined : { version: clock(), value: answer };
  });
  return kept ?? { kind: "unanswered" };
}

/** Names a question without telling what is in it; of this hour, for what a carrier says of its arrival is a date. */
function keyOf(carrier: string, { from, destination, weightGrams, currencyCode }: RateRequest, nowMs: number): string {
  const places = [from, destination].map(({ countryCode, region, postalCode, city }) => [
    countryCode,
    region,
    postalCode,
    city,
  ]);
  const text = JSON.stringify([places, weightGrams, currencyCode, Math.floor(nowMs / HOUR_MS)]);
  return `shipping:rates:${carrier}:${createHash("sha256").update(text).digest("base64url")}`;
}

type Kept =
  | { readonly code: string; readonly about: "address" | "country" | "other" }
  | {
      readonly rates: readonly (Omit<CarrierRate, "price"> & {
        readonly price: Omit<Money, "minorUnits"> & { readonly minorUnits: string };
      })[];
    };

/** Amounts go as text: JSON knows no bigint. */
const codec: CacheCodec<Exclude<RateAnswer, { readonly kind: "unanswered" }>> = {
  encode(answer) {
    const kept: Kept =
      answer.kind === "refused"
        ? { code: answer.code, about: answer.about }
        : {
            rates: answer.value.map((rate) => ({
              ...rate,
              price: { ...rate.price, minorUnits: String(rate.price.minorUnits) },
            })),
          };
    return Buffer.from(JSON.stringify(kept));
  },
  decode(bytes) {
    const kept = JSON.parse(Buffer.from(bytes).toString()) as Kept;
    if (!("rates" in kept)) return { kind: "refused", ...kept };
    const value = kept.rates.map(({ serviceType, price, deliverMs }) => ({
      serviceType,
      price: money(price.currencyCode, BigInt(price.minorUnits)),
      deliverMs,
    }));
    return { kind: "answered", value };
  },
};

/** Works on all, so many side by side. */
async function inTurns<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, all.length) }, async () => {
      for (const one of left) await work(one);
    }),
  );
}
