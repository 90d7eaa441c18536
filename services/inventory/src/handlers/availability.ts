import { createHash } from "node:crypto";
import type {
  InventoryService,
  WatchAvailabilityResponseSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "@shopmesh/kernel";
import type { Handlers, Live, Sql } from "@shopmesh/mesh";
import { STOCK_TOPIC } from "../effects/moves.ts";
import { availabilityOf } from "../stock.ts";
import { findLevels } from "../store/levels.ts";

type Names = "getAvailability" | "watchAvailability";
type Deps = { readonly clock: Clock; readonly live: Live };
type Message = MessageInitShape<typeof WatchAvailabilityResponseSchema>;
type Available = { readonly sku: string; readonly available: number };

/** How many can be bought, asked once or followed. */
export function availabilityHandlers({ clock, live }: Deps): Handlers<typeof InventoryService, Names> {
  return {
    async getAvailability({ skus }, call) {
      return { availability: [...(await availabilityNow(call.sql, skus, clock()))] };
    },

    watchAvailability({ skus, cursor }, call) {
      const watched = [...new Set(skus)].sort();
      const sent = new Map<string, number>();
      return live.follow<Message>(call, STOCK_TOPIC, {
        cursor,
        async read(seen) {
          const now = await availabilityNow(call.sql, watched, clock());
          const digest = digestOf(now);
          if (digest === seen) remember(sent, now);
          const news = now.filter(({ sku, available }) => sent.get(sku) !== available);
          remember(sent, news);
          return { messages: messagesOf(news, seen, digest), cursor: digest };
        },
        heartbeat: (seen) => ({ cursor: seen }),
      });
    },
  };
}

async function availabilityNow(sql: Sql, skus: readonly string[], nowMs: number): Promise<readonly Available[]> {
  const available = availabilityOf(await findLevels(sql, skus, nowMs));
  return skus.map((sku) => ({ sku, available: available.get(sku) ?? 0 }));
}

// Whoever leaves between two messages has not seen all: only the last one carries the new cursor.
function messagesOf(news: readonly Available[], before: string, after: string): readonly Message[] {
  return news.map((availability, index) => ({
    cursor: index === news.length - 1 ? after : before,
    availability,
  }));
}

function remember(sent: Map<string, number>, news: readonly Available[]): void {
  for (const { sku, available } of news) sent.set(sku, available);
}

// A state's cursor is the state itself: who comes back with it has missed nothing.
function digestOf(availability: readonly Available[]): string {
  const text = JSON.stringify(availability.map(({ sku, available }) => [sku, available]));
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
