import { type Client, connectivityState, Metadata } from "@grpc/grpc-js";

/** Whether calls wait for a service that is away: a restart takes a moment, and a call that was not sent is safe to keep. */
export type Patience = {
  /** Metadata for a call that begins now: it waits for a connection, unless there has been none for long. */
  metadata(): Metadata;
  /** Cancels a call where it still waits for a connection once patience is over. */
  guard(cancel: () => void): Guard;
};

export type Guard = {
  /** Whether it was ended so. */
  readonly isOver: () => boolean;
  /** To be told when the call has ended. */
  readonly end: () => void;
};

/** Longer than a process takes to start again, shorter than what a caller waits for its answer. */
const PATIENCE_MS = 3_000;

const unguarded: Guard = { isOver: () => false, end: () => undefined };

/** Patience with the service that `client` calls. */
export function createPatience(client: Client, patienceMs = PATIENCE_MS): Patience {
  const channel = client.getChannel();
  let awaySinceMs: number | undefined;

  function isReady(): boolean {
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.READY || state === connectivityState.IDLE) awaySinceMs = undefined;
    else awaySinceMs ??= performance.now();
    return state === connectivityState.READY;
  }

  return {
    metadata() {
      isReady();
      return new Metadata({
        waitForReady: awaySinceMs === undefined || performance.now() - awaySinceMs < patienceMs,
      });
    },
    guard(cancel) {
      if (isReady()) return unguarded;
      let isOver = false;
      const timer = setTimeout(() => {
        if (isReady()) return;
        isOver = true;
        cancel();
      }, patienceMs);
      return {
        isOver: () => isOver,
        end() {
          clearTimeout(timer);
          isReady();
        },
      };
    },
  };
}
