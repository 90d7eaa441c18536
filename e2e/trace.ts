import { setTimeout as delay } from "node:timers/promises";
import { type Json, list, object, type Shop, text } from "./shop.ts";

const LOOK_AGAIN_MS = 500;

/**
 * The trace of an order that has a span of every service `wanted`, looked for as an administrator for `withinMs`: spans
 * are kept a moment after what they tell. Throws, naming what there is, where none has them all.
 */
export async function wholeTrace(
  shop: Shop,
  { number, admin, wanted, withinMs }: { number: string; admin: string; wanted: readonly string[]; withinMs: number },
): Promise<Json> {
  const limit = Date.now() + withinMs;
  for (;;) {
    const traces = await tracesOf(shop, number, admin);
    const whole = traces.find((trace) => wanted.every((service) => servicesIn(trace).includes(service)));
    if (whole !== undefined) return whole;
    if (Date.now() > limit) {
      const seen = traces.map((trace) => servicesIn(trace).join(" "));
      throw new Error(`no trace of ${number} holds every hop; seen: ${seen.join(" | ") || "none"}`);
    }
    await delay(LOOK_AGAIN_MS);
  }
}

/** The services whose spans a trace holds. */
export function servicesIn(trace: Json): readonly string[] {
  return [...new Set(list(trace, "spans").map((span) => text(span, "service")))];
}

async function tracesOf(shop: Shop, number: string, admin: string): Promise<readonly Json[]> {
  const search = { attributes: { "order.number": number } };
  const { traces } = await shop.call("shop.logging.v1.LoggingService/SearchTraces", search, admin);
  return Promise.all(
    list({ traces }, "traces").map(async (trace) => {
      const request = { traceId: text(trace, "traceId") };
      return object(await shop.call("shop.logging.v1.LoggingService/GetTrace", request, admin), "trace");
    }),
  );
}
