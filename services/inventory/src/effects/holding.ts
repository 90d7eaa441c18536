import { DomainError, isRefusal } from "@shopmesh/kernel";
import type { Tx } from "@shopmesh/mesh";
import { type Hold, isLive, planRetake, remainingOf } from "../hold.ts";
import { route } from "../routing.ts";
import { holding, isSameDemand, type PlacedLevel, type PlacedLine, withChanges } from "../stock.ts";
import {
  createHeld,
  createHolds,
  lockHold,
  type NewHold,
  removeHolds,
  replaceHeldLast,
  setHoldExpiry,
} from "../store/holds.ts";
import { lockLevels } from "../store/levels.ts";
import { type Move, moveStock, moveStockLast, type Transaction, type World } from "./moves.ts";
import { createTogether, oneByOne, type Outcome } from "./together.ts";

/** What is held, and until when. */
export type HeldGoods = { readonly held: readonly PlacedLine[]; readonly expireMs: number };

/** So many holds that come at the same time share their locks and their commit. */
const MAX_HOLDS = 64;
const MAX_BATCHES = 3;

/**
 * Makes holds; many that come at the same time by one transaction, each answered for itself. Throws
 * OUT_OF_STOCK, HOLD_RELEASED, HOLD_CONFLICT.
 */
export function createHolder(world: World, transaction: Transaction): (wanted: NewHold) => Promise<HeldGoods> {
  const alone = (wanted: NewHold): Promise<HeldGoods> => transaction((tx) => holdOne(tx, world, wanted));
  return createTogether({
    keysOf: ({ asked }) => asked.map(({ sku }) => sku),
    maxItems: MAX_HOLDS,
    maxBatches: MAX_BATCHES,
    async work(holds) {
      const [only, ...others] = holds;
      if (only !== undefined && others.length === 0) return oneByOne(holds, alone);
      const together = await transaction((tx) => holdAll(tx, world, holds)).catch(ignoreKnownHold);
      return together ?? oneByOne(holds, alone);
    },
  });
}

async function holdOne(tx: Tx, world: World, wanted: NewHold): Promise<HeldGoods> {
  const { made, levels } = await begin(tx, world, [wanted]);
  if (made === 0) return heldAgain(tx, world, wanted);
  const held = route(levels, wanted.asked, wanted);
  moveStockLast(tx, world, levels, moveOf(wanted, held));
  createHeld(tx, [{ holdId: wanted.id, lines: held }]);
  return { held, expireMs: wanted.expireMs };
}

// Both in one breath: one way to the server and back.
async function begin(tx: Tx, { clock }: World, holds: readonly NewHold[]) {
  const nowMs = clock();
  const [made, levels] = await Promise.all([createHolds(tx, holds, nowMs), lockLevels(tx, skusOf(holds), nowMs)]);
  return { made, levels };
}

// Throws HOLD_KNOWN where an id is taken: what that one asks for is another matter than these.
async function holdAll(tx: Tx, world: World, holds: readonly NewHold[]): Promise<readonly Outcome<HeldGoods>[]> {
  const { made: begun, levels } = await begin(tx, world, holds);
  if (begun < holds.length) throw new DomainError("exists", "HOLD_KNOWN", {});
  const outcomes = routeEach(levels, holds);
  const made = holds.flatMap((wanted, index) => {
    const outcome = outcomes[index];
    return outcome?.kind === "done" ? { wanted, held: outcome.answer.held } : [];
  });
  const refused = holds.filter((_, index) => outcomes[index]?.kind === "refused");
  await removeHolds(
    tx,
    refused.map(({ id }) => id),
  );
  moveStockLast(tx, world, levels, ...made.map(({ wanted, held }) => moveOf(wanted, held)));
  createHeld(
    tx,
    made.map(({ wanted, held }) => ({ holdId: wanted.id, lines: held })),
  );
  return outcomes;
}

// First come, first served: each finds what those before it left.
function routeEach(levels: readonly PlacedLevel[], holds: readonly NewHold[]): readonly Outcome<HeldGoods>[] {
  let present = levels;
  return holds.map((wanted): Outcome<HeldGoods> => {
    try {
      const held = route(present, wanted.asked, wanted);
      present = withChanges(present, held.map(holding));
      return { kind: "done", answer: { held, expireMs: wanted.expireMs } };
    } catch (refusal) {
      if (!isRefusal(refusal, "OUT_OF_STOCK")) throw refusal;
      return { kind: "refused", refusal };
    }
  });
}

// The id is known: the same demand is answered as before, and taken again where its time was over.
async function heldAgain(tx: Tx, world: World, wanted: NewHold): Promise<HeldGoods> {
  const hold = await lockedHold(tx, wanted.id);
  if (!isSameDemand(hold.asked, wanted.asked)) {
    throw new DomainError("precondition", "HOLD_CONFLICT", { hold_id: wanted.id });
  }
  if (isLive(hold, world.clock()) || remainingOf(hold).length === 0) return hold;
  const held = await retake(tx, world, hold);
  await setHoldExpiry(tx, hold.id, wanted.expireMs);
  return { held, expireMs: wanted.expireMs };
}

/** Takes what is left of an expired hold again; what is held then. Throws OUT_OF_STOCK. */
export async function retake(tx: Tx, world: World, hold: Hold): Promise<readonly PlacedLine[]> {
  const levels = await lockLevels(tx, skusOf([hold]), world.clock());
  const { changes, held } = planRetake(hold, levels);
  await moveStock(tx, world, levels, { changes, kind: "held", reference: hold.id });
  replaceHeldLast(tx, [{ holdId: hold.id, lines: held }]);
  return held;
}

/** The hold, locked, and still able to hold. Throws HOLD_NOT_FOUND, HOLD_RELEASED. */
export async function lockedHold(tx: Tx, holdId: string): Promise<Hold> {
  return ableHold(holdId, await lockHold(tx, holdId));
}

/** `hold`, if it is there and able to hold. Throws HOLD_NOT_FOUND, HOLD_RELEASED. */
export function ableHold(holdId: string, hold: Hold | undefined): Hold {
  if (hold === undefined) throw new DomainError("not-found", "HOLD_NOT_FOUND", { hold_id: holdId });
  if (hold.state === "released") throw new DomainError("precondition", "HOLD_RELEASED", { hold_id: holdId });
  return hold;
}

function moveOf({ id }: NewHold, held: readonly PlacedLine[]): Move {
  return { changes: held.map(holding), kind: "held", reference: id };
}

function skusOf(holds: readonly Pick<NewHold, "asked">[]): readonly string[] {
  return [...new Set(holds.flatMap(({ asked }) => asked.map(({ sku }) => sku)))];
}

function ignoreKnownHold(error: unknown): undefined {
  if (!isRefusal(error, "HOLD_KNOWN")) throw error;
}
