import { Code, ConnectError } from "@connectrpc/connect";

/** A stream that is followed over breaks. */
export type Followed<T extends { readonly cursor: string }> = {
  /** Opens the stream after `cursor`; empty for its beginning. */
  readonly open: (cursor: string, signal: AbortSignal) => AsyncIterable<T>;
  readonly onMessage: (message: T) => void;
  /** Whether the stream flows just now. */
  readonly onConnected: (isConnected: boolean) => void;
  /** The stream cannot be had: not found, not allowed. It is not asked for again. */
  readonly onRefused: (error: unknown) => void;
};

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 8_000;
/** The shop says something every 15 s; a connection that is silent for longer is dead, whatever the socket thinks. */
const SILENCE_MS = 40_000;

const final: readonly Code[] = [
  Code.NotFound,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.InvalidArgument,
  Code.Unimplemented,
];

/**
 * Follows a stream until `signal` aborts: after a break it goes on from the last cursor, waiting longer each time it
 * fails, or at once when the browser comes back online. While the page is hidden the stream is closed: a browser has six
 * connections to a shop, and a tab that nobody sees needs none.
 */
export async function follow<T extends { readonly cursor: string }>(
  stream: Followed<T>,
  signal: AbortSignal,
): Promise<void> {
  let cursor = "";
  let failures = 0;
  while (!signal.aborted) {
    await visible(signal);
    const connection = new AbortController();
    const release = releaseWhen(connection, signal);
    try {
      for await (const message of stream.open(cursor, connection.signal)) {
        release.heard();
        failures = 0;
        cursor = message.cursor || cursor;
        stream.onConnected(true);
        stream.onMessage(message);
      }
    } catch (error) {
      if (!connection.signal.aborted && final.includes(ConnectError.from(error).code)) {
        stream.onRefused(error);
        return;
      }
    } finally {
      release.done();
    }
    if (signal.aborted) return;
    if (document.visibilityState === "visible") stream.onConnected(false);
    await pause(failures, signal);
    failures += 1;
  }
}

/** Ends one connection when the page is left or hidden, or when the shop has been silent for too long. */
function releaseWhen(connection: AbortController, signal: AbortSignal): { heard(): void; done(): void } {
  const over = new AbortController();
  const end = () => connection.abort();
  let timer = window.setTimeout(end, SILENCE_MS);
  signal.addEventListener("abort", end, { signal: over.signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && end(), {
    signal: over.signal,
  });
  return {
    heard() {
      window.clearTimeout(timer);
      timer = window.setTimeout(end, SILENCE_MS);
    },
    done() {
      window.clearTimeout(timer);
      over.abort();
      end();
    },
  };
}

/** Resolves when the page can be seen. */
function visible(signal: AbortSignal): Promise<void> {
  return until(signal, (resolve, over) => {
    if (document.visibilityState === "visible") resolve();
    document.addEventListener("visibilitychange", resolve, { signal: over });
  });
}

/** Waits between tries, the longer the more have failed; with chance in it, so that not all browsers come at once. */
function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
  return until(signal, (resolve, over) => {
    const timer = window.setTimeout(resolve, longest * (0.5 + Math.random() / 2));
    over.addEventListener("abort", () => window.clearTimeout(timer));
    window.addEventListener("online", resolve, { signal: over });
  });
}

function until(signal: AbortSignal, begin: (resolve: () => void, over: AbortSignal) => void): Promise<void> {
  const over = new AbortController();
  return new Promise<void>((resolve) => {
    const finish = () => {
      over.abort();
      resolve();
    };
    if (signal.aborted) return finish();
    signal.addEventListener("abort", finish, { signal: over.signal });
    begin(finish, over.signal);
  });
}
