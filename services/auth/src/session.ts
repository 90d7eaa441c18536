/** One signed-in device. */
export type Session = {
  readonly id: string;
  readonly accountId: string;
  readonly device: string;
  readonly createMs: number;
  readonly lastUseMs: number;
  readonly expireMs: number;
  /** When it was ended before its time. */
  readonly endMs: number | undefined;
};

/** A session lives this long after its last use. */
export const SESSION_IDLE_MS = 30 * 86_400_000;
/** A use is noted to the minute: more often would be a write for every request. */
export const USE_RESOLUTION_MS = 60_000;

const MAX_DEVICE_LENGTH = 200;

export function newSession(fields: {
  readonly id: string;
  readonly accountId: string;
  readonly device: string;
  readonly nowMs: number;
}): Session {
  const { id, accountId, device, nowMs } = fields;
  return {
    id,
    accountId,
    device: device.slice(0, MAX_DEVICE_LENGTH),
    createMs: nowMs,
    lastUseMs: nowMs,
    expireMs: nowMs + SESSION_IDLE_MS,
    endMs: undefined,
  };
}

/** Whether it still opens the door. */
export function isOpen(
  { expireMs, endMs }: { readonly expireMs: number; readonly endMs: number | undefined },
  nowMs: number,
): boolean {
  return endMs === undefined && expireMs > nowMs;
}

/** Whether a use at `nowMs` is worth writing down. */
export function isUseNews(lastUseMs: number | undefined, nowMs: number): boolean {
  return lastUseMs === undefined || nowMs - lastUseMs >= USE_RESOLUTION_MS;
}
