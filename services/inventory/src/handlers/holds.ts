import type { InventoryService } from "@shopmesh/contracts/shop/inventory/v1/inventory_service_pb.ts";
import { DomainError } from "@shopmesh/kernel";
import type { Handlers, Tx } from "@shopmesh/mesh";
import { moveStock, type World } from "../effects.ts";
import { extendedTo, type Hold, isLive, planRetake, remainingOf } from "../hold.ts";
import { holding, isSameDemand, type PlacedLine, releasing, route, sumLines } from "../stock.ts";
import {
  createHeld,
  createHold,
  lockHold,
  type NewHold,
  removeHeld,
  replaceHeld,
  setHoldExpiry,
  setHoldState,
} from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { millisecondsOf, placeOf, timestampOf } from "./proto.ts";

type Names = "holdStock" | "extendHold" | "releaseHold";

/** Holds for checkouts. */
export function holdHandlers(world: World): Handlers<typeof InventoryService, Names> {
  return {
    async holdStock({ holdId, lines, ttl, destination }, call) {
      const asked = sumLines(lines);
      const expireMs = world.clock() + millisecondsOf(ttl);
      const wanted = { id: holdId, state: "active", asked, expireMs, destination: placeOf(destination) } as const;
      const hold = await call.transaction(async (tx) =>
        (await createHold(tx, wanted, world.clock()))
          ? { held: await holdGoods(tx, world, wanted), expireMs }
          : heldAgain(tx, world, wanted),
      );
      return { lines: [...hold.held], expireTime: timestampOf(hold.expireMs) };
    },

    async extendHold({ holdId, ttl }, call) {
      const expireMs = await call.transaction(async (tx) => {
        const hold = await lockedHold(tx, holdId);
        if (remainingOf(hold).length === 0) {
          throw new DomainError("precondition", "HOLD_ALLOCATED", { hold_id: holdId });
        }
        return extend(tx, world, hold, extendedTo(hold, millisecondsOf(ttl), world.clock()));
      });
      return { expireTime: timestampOf(expireMs) };
    },

    async releaseHold({ holdId }, call) {
      await call.transaction((tx) => release(tx, world, holdId));
      return {};
    },
  };
}

/** The hold, locked, and still able to hold. Throws HOLD_NOT_FOUND, HOLD_RELEASED. */
export async function lockedHold(tx: Tx, holdId: string): Promise<Hold> {
  const hold = await lockHold(tx, holdId);
  if (hold === undefined) throw new DomainError("not-found", "HOLD_NOT_FOUND", { hold_id: holdId });
  if (hold.state === "released") {
    throw new DomainError("precondition", "HOLD_RELEASED", { hold_id: holdId });
  }
  return hold;
}

async function holdGoods(
  tx: Tx,
  world: World,
  { id, asked, destination }: Pick<NewHold, "id" | "asked" | "destination">,
): Promise<readonly PlacedLine[]> {
  const skus = asked.map(({ sku }) => sku);
  const levels = await lockLevels(tx, skus, world.clock());
  const placed = route(levels, asked, { destination });
  const changes = placed.map(holding);
  await moveStock(tx, world, levels, { changes, kind: "held", reference: id });
  await createHeld(tx, id, placed);
  return placed;
}

// The id is known: the same demand is answered as before, and taken again where its time was over.
async function heldAgain(
  tx: Tx,
  world: World,
  wanted: NewHold,
): Promise<{ readonly held: readonly PlacedLine[]; readonly expireMs: number }> {
  const hold = await lockedHold(tx, wanted.id);
  if (!isSameDemand(hold.asked, wanted.asked)) {
    throw new DomainError("precondition", "HOLD_CONFLICT", { hold_id: wanted.id });
  }
  if (isLive(hold, world.clock()) || remainingOf(hold).length === 0) return hold;
  const held = await retake(tx, world, hold);
  await setHoldExpiry(tx, hold.id, wanted.expireMs);
  return { held, expireMs: wanted.expireMs };
}

async function extend(tx: Tx, world: World, hold: Hold, expireMs: number): Promise<number> {
  if (!isLive(hold, world.clock())) await retake(tx, world, hold);
  await setHoldExpiry(tx, hold.id, expireMs);
  return expireMs;
}

async function retake(tx: Tx, world: World, hold: Hold): Promise<readonly PlacedLine[]> {
  const skus = hold.asked.map(({ sku }) => sku);
  const levels = await lockLevels(tx, skus, world.clock());
  const { changes, held } = planRetake(hold, levels);
  await moveStock(tx, world, levels, { changes, kind: "held", reference: hold.id });
  await replaceHeld(tx, hold.id, held);
  return held;
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
  const stone = { id: holdId, state: "released", asked: [], expireMs: 0 } as const;
  return (await createHold(tx, stone, world.clock())) ? undefined : lockHold(tx, holdId);
}
