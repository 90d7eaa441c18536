import { setTimeout as delay } from "node:timers/promises";

/** How long to wait before the next try: doubling from `firstMs` up to `maxMs`, half of it by chance. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
  chance: number,
): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.ceil(full / 2 + (full / 2) * chance);
}

/** Waits `ms` of real time. */
export async function pause(ms: number): Promise<void> {
  await delay(ms);
}
