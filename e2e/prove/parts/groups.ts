import { setTimeout as delay } from "node:timers/promises";
import type { World } from "../../stories/world.ts";

/** What became of one checkout, as order keeps it. */
export type GroupRow = {
  readonly id: string;
  readonly email: string;
  readonly state: string;
  readonly rejectReason: string;
  readonly total: number;
};

const LOOK_AGAIN_MS = 500;

/** Every checkout that there was. */
export async function readGroups({ mesh }: World): Promise<readonly GroupRow[]> {
  const rows = await mesh.infrastructure.rows("order", "SELECT id, email, state, snapshot FROM order_group");
  return rows.map(({ id, email, state, snapshot }) => {
    const { rejectReason, totals } = JSON.parse(String(snapshot)) as Snapshot;
    return {
      id: String(id),
      email: String(email),
      state: String(state),
      rejectReason,
      total: Number(totals.total.minorUnits),
    };
  });
}

type Snapshot = {
  readonly rejectReason: string;
  readonly totals: { readonly total: { readonly minorUnits: string } };
};

/** Whether a checkout has come to its end. */
export function isDecided({ state }: GroupRow): boolean {
  return state !== "pending" && state !== "requires-action";
}

/** Looks until `isThere` or `withinMs` is over; how long it took, undefined where it was not. */
export async function within(withinMs: number, isThere: () => Promise<boolean>): Promise<number | undefined> {
  const startedMs = performance.now();
  for (;;) {
    if (await isThere()) return performance.now() - startedMs;
    if (performance.now() - startedMs > withinMs) return undefined;
    await delay(LOOK_AGAIN_MS);
  }
}
