import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "@bufbuild/protobuf";
import type { Any } from "@bufbuild/protobuf/wkt";
import { type DomainError, type ErrorKind, isRefusal } from "@shopmesh/kernel";
import { backoffMs } from "@shopmesh/mesh";
import type { TopicCall } from "./topic.ts";

/** What is told of one topic. */
export type TopicEvent =
  /** `isWhole`: it takes the place of those before it. */
  | { readonly kind: "message"; readonly cursor: string; readonly response: Any; readonly isWhole: boolean }
  | { readonly kind: "live" }
  | { readonly kind: "interrupted"; readonly error: unknown }
  /** Its RPC ended well, or with `error`. */
  | { readonly kind: "ended"; readonly error: unknown };

/** How one topic is followed. */
export type FollowOptions = {
  readonly topic: TopicCall;
  /** Where it begins. */
  readonly cursor: string;
  /** The actor's token, fresh enough to begin with; empty for a stranger. Throws UNAUTHENTICATED. */
  readonly authorise: () => Promise<string>;
  /** Opens the RPC. */
  readonly open: (request: Message, actorToken: string, signal: AbortSignal) => AsyncIterable<Message>;
  /** Takes what is told; resolves when there is room for more. */
  readonly put: (event: TopicEvent) => Promise<void>;
  readonly signal: AbortSignal;
  /** How long one actor token carries a topic, in ms. */
  readonly renewMs: number;
};

const AWAY_BACKOFF = { firstMs: 100, maxMs: 5_000 } as const;

/** Asking again would be refused again. */
const finalKinds: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  "invalid",
  "not-found",
  "exists",
  "denied",
  "precondition",
  "unimplemented",
  "unauthenticated",
]);

/**
 * Follows a topic until it ends or `signal` aborts; throws where it is refused for good. Where what stands behind it is
 * away it tries again from the last cursor, with growing pauses; before its actor's token grows too old it goes over to
 * a fresh one.
 */
export async function followTopic(options: FollowOptions): Promise<void> {
  const { put, signal } = options;
  const reader = readerOf(options);
  let failures = 0;
  const onFlow = () => {
    failures = 0;
  };
  while (!signal.aborted) {
    try {
      if ((await reader.attach(onFlow)) === "over") return await put({ kind: "ended", error: undefined });
    } catch (error) {
      if (signal.aborted) return;
      if (!isRefusal(error) || finalKinds.has(error.kind)) throw error;
      await reader.interrupted(error);
      failures += 1;
      await pause(failures, signal);
    }
  }
}

function readerOf({ topic, cursor: first, authorise, open, put, signal, renewMs }: FollowOptions) {
  let cursor = first;
  let isLive = false;
  let isToldAway = false;
  return {
    /** Reads until the RPC ends, or until its token is to be renewed. */
    async attach(onFlow: () => void): Promise<"over" | "renew"> {
      const actorToken = await authorise();
      const renewal = renewEvery(renewMs, actorToken, authorise);
      const ended = AbortSignal.any([signal, renewal.signal]);
      try {
        for await (const response of open(topic.request(cursor), actorToken, ended)) {
          onFlow();
          if (!isLive) await put({ kind: "live" });
          isLive = true;
          isToldAway = false;
          const read = topic.read(response);
          cursor = read.cursor || cursor;
          if (!read.isHeartbeat) {
            await put({ kind: "message", cursor, response: topic.pack(response), isWhole: topic.isState });
          }
          // What came meanwhile is read again by the next one, from the cursor.
          if (ended.aborted) break;
        }
      } catch (error) {
        if (!renewal.signal.aborted) throw error;
      } finally {
        renewal.stop();
      }
      if (!renewal.signal.aborted) return "over";
      renewal.throwIfRefused();
      return "renew";
    },
    async interrupted(error: unknown): Promise<void> {
      isLive = false;
      if (isToldAway) return;
      isToldAway = true;
      await put({ kind: "interrupted", error });
    },
  };
}

/** Aborts its signal once there is a newer token, or none any more; while nobody can tell, the old one goes on. */
function renewEvery(renewMs: number, actorToken: string, authorise: () => Promise<string>) {
  const abort = new AbortController();
  let refused: DomainError | undefined;
  const renew = async (): Promise<void> => {
    try {
      await authorise();
    } catch (error) {
      if (!isRefusal(error) || !finalKinds.has(error.kind)) return;
      refused = error;
    }
    abort.abort();
  };
  const timer = actorToken === "" ? undefined : setInterval(() => void renew(), renewMs * (0.8 + Math.random() * 0.2));
  return {
    signal: abort.signal,
    throwIfRefused(): void {
      if (refused !== undefined) throw refused;
    },
    stop: () => clearInterval(timer),
  };
}

/** With chance in it, so that the topics of a service that comes back do not come all at once. */
async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const waitMs = backoffMs(failures, AWAY_BACKOFF, Math.random());
  // Rejects only where the signal aborts: the follower then ends by itself.
  await delay(waitMs, undefined, { signal }).catch(() => undefined);
}
