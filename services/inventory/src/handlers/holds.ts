import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import { failpoint, type Handlers, type Tx } from "@shopmesh/mesh";
import { createHolder, lockedHold, retake } from "../effects/holding.ts";
import { moveStock, type Transaction, type World } from "../effects/moves.ts";
import { extendedTo, type Hold, isLive, remainingOf } from "../hold.ts";
import { releasing, sumLines } from "../stock.ts";
import { createHolds, lockHold, removeHeld, setHoldExpiry, setHoldState } from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { millisecondsOf, placeOf, timestampOf } from "./proto.ts";

type Names = "holdStock" | "extendHold" | "releaseHold";

/** Holds for checkouts. */
export function holdHandlers(world: World, transaction: Transaction): Handlers<typeof InventoryService, Names> {
  const hold = createHolder(world, transaction);
  return {
    async holdStock({ holdId, lines, ttl, destination }) {
      const { held, expireMs } = await hold({
        id: holdId,
        state: "active",
        asked: sumLines(lines),
        expireMs: world.clock() + millisecondsOf(ttl),
        destination: placeOf(destination),
      });
      failpoint("inventory.after-held");
      return { lines: [...held], expireTime: timestampOf(expireMs) };
    },

    async extendHold({ holdId, ttl }, call) {
      const expireMs = await call.transaction(async (tx) => {
        const held = await lockedHold(tx, holdId);
        if (remainingOf(held).length === 0) {
          throw new DomainError("precondition", "HOLD_ALLOCATED", { hold_id: holdId });
        }
        return extend(tx, world, held, extendedTo(held, millisecondsOf(ttl), world.clock()));
      });
      return { expireTime: timestampOf(expireMs) };
    },

    async releaseHold({ holdId }, call) {
      await call.transaction((tx) => release(tx, world, holdId));
      return {};
    },
  };
}

async function extend(tx: Tx, world: World, hold: Hold, expireMs: number): Promise<number> {
  if (!isLive(hold, world.clock())) await retake(tx, world, hold);
  await setHoldExpiry(tx, hold.id, expireMs);
  return expireMs;
}

async function release(tx: Tx, world: World, holdId: string): Promise<void> {
  const hold = (await lockHold(tx, holdId)) ?? (await tombstone(tx, world, holdId));
  if (hold === undefined || hold.state === "released") return;
  if (hold.isOwned) throw new DomainError("precondition", "HOLD_ALLOCATED", { hold_id: holdId });
  const nowMs = world.clock();
  const kind = isLive(hold, nowMs) ? "live" : "expired";
  const changes = hold.held.map((line) => releasing(line, kind));
  const skus = [...new Set(changes.map(({ sku }) => sku))];
  const levels = skus.length === 0 ? [] : await lockLevels(tx, skus, nowMs);
  await moveStock(tx, world, levels, { changes, kind: "released", reference: holdId });
  await removeHeld(tx, [holdId]);
  await setHoldState(tx, [holdId], "released");
}

// Undefined once it stands; the hold itself where it came between.
async function tombstone(tx: Tx, world: World, holdId: string): Promise<Hold | undefined> {
  const stone = { id: holdId, state: "released", asked: [], expireMs: 0, destination: undefined } as const;
  return (await createHolds(tx, [stone], world.clock())) === 1 ? undefined : lockHold(tx, holdId);
}
