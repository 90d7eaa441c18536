import { setTimeout as delay } from "node:timers/promises";
import type { Row } from "../../../dev/src/infrastructure/control.ts";
import type { Shop } from "../../shop.ts";
import type { World } from "../../stories/world.ts";
import { within } from "./groups.ts";

/** A parcel is home after this many steps of the clock, and whoever was to be asked again was. */
const STEP_S = 6 * 3_600;
const BETWEEN_STEPS_MS = 1_000;
/** By then what was sent in the evening has arrived. */
const NIGHT_STEPS = 10;
const BETWEEN_NIGHT_STEPS_MS = 500;
const FEW = 8;
/** So long nothing moves by itself before what is open counts as stuck: a week of the mesh's time. */
const STUCK_AFTER_MS = 45_000;
const MOVES_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 500;

const OPEN = "SELECT kind, id, phase, progress FROM mesh_saga WHERE phase NOT IN ('done', 'undone')";

/**
 * Two and a half days pass, whatever goes wrong meanwhile; the shop is closed. Not faster than the mesh does its work: a
 * bank's promises would lapse while whole days of parcels wait for a processor.
 */
export async function night(world: World, shop: Shop, say: (line: string) => void): Promise<void> {
  for (let step = 0; step < NIGHT_STEPS; step++) {
    await shop.call("shop.mesh.v1.ClockService/Advance", { by: `${STEP_S}s` }, world.admin);
    await delay(BETWEEN_NIGHT_STEPS_MS);
    const open = await quiet(world);
    say(
      `night: ${(step + 1) * (STEP_S / 3_600)} of ${NIGHT_STEPS * (STEP_S / 3_600)} hours, ${open} sagas are under way`,
    );
  }
}

/**
 * Moves the mesh's clock on, until every saga is at its end: parcels arrive, payers who went away are given up. The sagas
 * that are not once nothing has moved for long.
 */
export async function travelToTheEnd(world: World, say: (line: string) => void): Promise<readonly string[]> {
  let [open, movedMs] = [await openSagas(world), performance.now()];
  while (open.length > 0 && performance.now() - movedMs < STUCK_AFTER_MS) {
    const some = open.length > FEW ? "" : `: ${open.map((saga) => saga.split(" ")[0]).join(", ")}`;
    say(`${open.length} sagas are under way${some}; six hours pass`);
    await world.shop
      .call("shop.mesh.v1.ClockService/Advance", { by: `${STEP_S}s` }, world.admin)
      .catch(() => undefined);
    await delay(BETWEEN_STEPS_MS);
    await quiet(world);
    const left = await openSagas(world);
    if (left.join() !== open.join()) movedMs = performance.now();
    open = left;
  }
  return open;
}

async function openSagas({ mesh }: World): Promise<readonly string[]> {
  const rows = await mesh.infrastructure.rows("order", OPEN);
  return rows.map(({ kind, id, progress }) => `${String(kind)} ${String(id)} ${placeIn(String(progress))}`).toSorted();
}

/** Which stage, and what of it is done: who tries the same in vain does not move. */
function placeIn(progress: string): string {
  const { phase, stage, settled } = JSON.parse(progress) as Readonly<Record<string, unknown>>;
  return JSON.stringify({ phase, stage, settled });
}

/** Waits while sagas move by themselves: more time would only pile work up. How many are not at their end. */
async function quiet(world: World): Promise<number> {
  let before = await openSagas(world);
  await within(MOVES_WITHIN_MS, async () => {
    await delay(LOOK_AGAIN_MS);
    const now = await openSagas(world);
    const isQuiet = now.join() === before.join();
    before = now;
    return isQuiet;
  });
  return before.length;
}

/**
 * Resolves once what the order process that just died was driving is driven again: what then takes long is somebody else's
 * time, of a bank that does not answer.
 */
export async function sagasDrivenAgain({ mesh }: World): Promise<void> {
  const columns = "SELECT kind, id, version, lease_until_ms FROM mesh_saga WHERE";
  const held = await mesh.infrastructure.rows(
    "order",
    `${columns} wake_ms IS NOT NULL AND lease_until_ms > ${Date.now()}`,
  );
  if (held.length === 0) return;
  const ids = held.map(({ id }) => `'${String(id)}'`).join(", ");
  const before = new Map(held.map((row) => [`${String(row["kind"])} ${String(row["id"])}`, placeOf(row)]));
  await within(MOVES_WITHIN_MS, async () => {
    const rows = await mesh.infrastructure.rows("order", `${columns} id IN (${ids})`);
    return rows.every((row) => {
      const was = before.get(`${String(row["kind"])} ${String(row["id"])}`);
      const now = placeOf(row);
      // A lease is moved by whoever drives: the dead do not.
      return was === undefined || now.version > was.version || now.leaseUntilMs > was.leaseUntilMs;
    });
  });
}

function placeOf({ version, lease_until_ms }: Row): { readonly version: bigint; readonly leaseUntilMs: number } {
  return { version: BigInt(version ?? 0), leaseUntilMs: Number(lease_until_ms) };
}
