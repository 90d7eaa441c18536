import { setTimeout as sleep } from "node:timers/promises";
import { list, Refusal, type Shop, text } from "./shop.ts";

const AT_MOST_MS = 30_000;
const RETRY_MS = 1_000;

/**
 * Does `work`; what a busy shop refuses with OVERLOADED is asked again after the time that it names, as every good client
 * does: nothing was done for what was so refused. Throws any other refusal, and this one after 30 seconds.
 */
export async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + AT_MOST_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isOverload(error) || performance.now() > endMs) throw error;
      await sleep(retryAfterMs(error));
    }
  }
}

/** `shop`, asked with patience. */
export function patientShop(shop: Shop): Shop {
  return {
    call: (method, request, token) => withPatience(() => shop.call(method, request, token)),
    async *watch(method, request, options) {
      // A stream that is refused is refused before its first message.
      const { messages, first } = await withPatience(async () => {
        const messages = shop.watch(method, request, options)[Symbol.asyncIterator]();
        return { messages, first: await messages.next() };
      });
      try {
        for (let next = first; next.done !== true; next = await messages.next()) yield next.value;
      } finally {
        await messages.return?.();
      }
    },
  };
}

function isOverload(error: unknown): error is Refusal {
  return error instanceof Refusal && error.reason === "OVERLOADED";
}

function retryAfterMs({ body }: Refusal): number {
  return Number(text(list(body, "details")[0], "debug", "metadata", "retry_after_ms")) || RETRY_MS;
}
