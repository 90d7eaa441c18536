import { createHash } from "node:crypto";
import type {
  InventoryService,
  WatchAvailabilityResponseSchema,
} from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "@shopmesh/kernel";
import type { Handlers, Live, Sql } from "@shopmesh/mesh";
import { STOCK_TOPIC } from "../effects/moves.ts";
import { route } from "../routing.ts";
import { type Available, availabilityOf, sumLines } from "../stock.ts";
import { findLevels, findPlacedLevels } from "../store/levels.ts";
import { availableToProto, locationToProto, placeOf } from "./proto.ts";

type Names = "getAvailability" | "watchAvailability" | "locateStock";
type Deps = { readonly clock: Clock; readonly live: Live };
type Message = MessageInitShape<typeof WatchAvailabilityResponseSchema>;
type AvailableSku = Available & { readonly sku: string };

/** How many can be bought, asked once or followed, and from where it would be taken. */
export function availabilityHandlers({ clock, live }: Deps): Handlers<typeof InventoryService, Names> {
  return {
    async getAvailability({ skus }, call) {
      return { availability: (await availabilityNow(call.sql, skus, clock())).map(availableToProto) };
    },

    async locateStock({ lines: asked, destination }, call) {
      const wanted = sumLines(asked);
      const levels = await findPlacedLevels(
        call.sql,
        wanted.map(({ sku }) => sku),
        clock(),
      );
      const there = availabilityOf(levels);
      const known = wanted.filter(({ sku, quantity }) => (there.get(sku)?.available ?? 0) >= quantity);
      const lines = route(levels, known, { destination: placeOf(destination) });
      const places = new Map(levels.map(({ locationId, location }) => [locationId, location]));
      const named = [...new Set(lines.map(({ locationId }) => locationId))];
      return { lines: [...lines], locations: named.flatMap((id) => places.get(id) ?? []).map(locationToProto) };
    },

    watchAvailability({ skus, cursor }, call) {
      const watched = [...new Set(skus)].sort();
      const sent = new Map<string, string>();
      return live.follow<Message>(call, STOCK_TOPIC, {
        cursor,
        async read(seen) {
          const now = await availabilityNow(call.sql, watched, clock());
          const digest = digestOf(now);
          if (digest === seen) remember(sent, now);
          const news = now.filter((one) => sent.get(one.sku) !== wordOf(one));
          remember(sent, news);
          return { messages: messagesOf(news, seen, digest), cursor: digest };
        },
        heartbeat: (seen) => ({ cursor: seen }),
      });
    },
  };
}

async function availabilityNow(sql: Sql, skus: readonly string[], nowMs: number): Promise<readonly AvailableSku[]> {
  const known = availabilityOf(await findLevels(sql, skus, nowMs));
  const none = { available: 0, backorder: 0, expectMs: undefined };
  return skus.map((sku) => ({ sku, ...(known.get(sku) ?? none) }));
}

// Whoever leaves between two messages has not seen all: only the last one carries the new cursor.
function messagesOf(news: readonly AvailableSku[], before: string, after: string): readonly Message[] {
  return news.map((availability, index) => ({
    cursor: index === news.length - 1 ? after : before,
    availability: availableToProto(availability),
  }));
}

function remember(sent: Map<string, string>, news: readonly AvailableSku[]): void {
  for (const one of news) sent.set(one.sku, wordOf(one));
}

function wordOf({ available, backorder, expectMs }: AvailableSku): string {
  return `${available}/${backorder}/${expectMs ?? ""}`;
}

// A state's cursor is the state itself: who comes back with it has missed nothing.
function digestOf(availability: readonly AvailableSku[]): string {
  const text = JSON.stringify(availability.map((one) => [one.sku, wordOf(one)]));
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}
