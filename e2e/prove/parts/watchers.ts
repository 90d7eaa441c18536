import { setTimeout as delay } from "node:timers/promises";
import { type Json, list, Refusal, type Shop, text } from "../../shop.ts";
import { type Placed, watchUntil } from "../../order.ts";

/** Somebody who has an order's page open. */
export type Watcher = {
  /** What it was told, in order: one line for each entry of the timeline. */
  readonly told: readonly string[];
  /** How often its stream ended and was taken up again where it had ended. */
  readonly resumed: number;
  /** Ends that are none of a stream that is to be taken up again. */
  readonly failures: readonly string[];
};

const LOOK_AGAIN_MS = 100;
const WATCH = "shop.order.v1.OrderService/WatchOrder";

/** Follows an order until `signal` is aborted. A stream that ends, as a gateway or an order service stops, is taken up by its cursor. */
export function watchOrder(shop: Shop, { groupId, token }: Placed, signal: AbortSignal): Watcher {
  const watcher = { told: [] as string[], resumed: 0, failures: [] as string[] };
  let cursor = "";

  async function follow(): Promise<void> {
    for await (const message of shop.watch(WATCH, { orderGroupId: groupId, cursor }, { token, signal })) {
      cursor = text(message, "cursor");
      watcher.told.push(...linesOf(message));
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await follow().catch((error: unknown) => {
        if (!signal.aborted && !isToBeResumed(error)) watcher.failures.push(String(error));
      });
      if (signal.aborted) return;
      watcher.resumed += 1;
      await delay(LOOK_AGAIN_MS);
    }
  }

  void run();
  return watcher;
}

/** The whole timeline of an order, as one who comes only now is told it. */
export async function timelineOf(shop: Shop, placed: Placed): Promise<readonly string[]> {
  return (await watchUntil(shop, placed, () => true)).flatMap(linesOf);
}

function linesOf(message: Json): readonly string[] {
  return list(message, "entries").map((entry) => JSON.stringify(entry));
}

/** A server that drains says UNAVAILABLE; a connection that is cut says nothing. */
function isToBeResumed(error: unknown): boolean {
  return error instanceof Refusal ? error.code === "unavailable" : error instanceof TypeError;
}
