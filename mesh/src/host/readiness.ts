import type { Consumers } from "../events/consume.ts";
import type { PartState } from "../ops/server.ts";

/** What a service stands on. */
export type Footing = {
  /** Undefined before they are started. */
  readonly consumers: Pick<Consumers, "isReady" | "isAttached"> | undefined;
  /** Undefined where it has no database; rejects where that is away. */
  readonly pingDatabase: (() => Promise<unknown>) | undefined;
  readonly isNatsConnected: boolean;
};

/**
 * How a service stands. Once it has begun, only its database makes it unready: without NATS its answers are the same, and
 * its events wait (docs/decisions/0021).
 */
export async function stateOf({ consumers, pingDatabase, isNatsConnected }: Footing): Promise<PartState> {
  if (consumers === undefined || !consumers.isReady()) {
    return { ready: false, reason: isNatsConnected ? "its consumers are not there yet" : "NATS is away" };
  }
  try {
    await pingDatabase?.();
  } catch (error) {
    return { ready: false, reason: error instanceof Error ? error.message : "its database is away" };
  }
  if (!isNatsConnected) return { ready: true, degraded: "NATS is away: events wait" };
  if (!consumers.isAttached()) return { ready: true, degraded: "its consumers wait for their streams" };
  return { ready: true };
}
