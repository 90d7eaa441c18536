import { DomainError } from "@shopmesh/kernel";
import type { Call } from "../call.ts";
import type { Nats } from "../events/nats.ts";
import type { FollowOptions, Live } from "../live.ts";
import type { Revocations } from "../revocations.ts";
import { draining } from "../transport/refusals.ts";
import { createWakes, type Wakes } from "./wakes.ts";

/** Live streams of one service, and the way to wake them. */
export type LiveHub = Live & {
  /** After a commit: wakes the streams of `topics`, here at once and in the other replicas. */
  publishWake(topics: readonly string[]): void;
  /** Everything that follows reads again: the clock jumped, or NATS was away. */
  wakeAll(): void;
  close(): Promise<void>;
};

/** What live streams of a service need. */
export type LiveOptions = {
  readonly nats: Nats;
  readonly service: string;
  /** Aborted when the server begins to drain. */
  readonly drainSignal: AbortSignal;
  readonly revocations: Pick<Revocations, "isRevoked" | "onRevoked">;
};

const HEARTBEAT_MS = 15_000;
const POLL_MS = 2_000;

/** The live streams of `service` in this process. */
export function createLive(options: LiveOptions): LiveHub {
  const wakes = createWakes(options.nats, options.service);
  return {
    follow: (call, topic, settings) => follow(call, { wakes, topic, options, settings }),
    publishWake: wakes.publish,
    wakeAll: wakes.all,
    close: wakes.close,
  };
}

type Following<T> = {
  readonly wakes: Wakes;
  readonly topic: string;
  readonly options: LiveOptions;
  readonly settings: FollowOptions<T>;
};

async function* follow<T>(call: Call, following: Following<T>): AsyncIterable<T> {
  const { settings } = following;
  const heartbeatMs = settings.heartbeatMs ?? HEARTBEAT_MS;
  const watch = watchFor(call, following);
  let { cursor } = settings;
  // The first answer comes at once, with news or without: whoever resumes knows that the stream flows.
  let beatMs = performance.now();
  try {
    while (!watch.isLeft()) {
      watch.throwIfEnded();
      // Forgotten before the read: what comes after it began will wake us once more.
      watch.forget();
      const read = await settings.read(cursor);
      cursor = read.cursor;
      for (const message of read.messages) {
        watch.throwIfEnded();
        yield message;
      }
      if (read.messages.length > 0) {
        beatMs = performance.now() + heartbeatMs;
        // There may be more than one page.
        continue;
      }
      await watch.wait(Math.min(settings.pollMs ?? POLL_MS, Math.max(0, beatMs - performance.now())));
      if (watch.isLeft()) return;
      watch.throwIfEnded();
      if (performance.now() < beatMs) continue;
      yield settings.heartbeat(cursor);
      beatMs = performance.now() + heartbeatMs;
    }
  } finally {
    watch.close();
  }
}

type Watch = {
  /** Whether the client went away. */
  isLeft(): boolean;
  /** Throws DRAINING or SESSION_REVOKED. */
  throwIfEnded(): void;
  /** Drops the wake-ups so far. */
  forget(): void;
  /** Resolves at a wake-up, at an end, or after `ms`; at once for one since `forget`. */
  wait(ms: number): Promise<void>;
  close(): void;
};

/** Everything that can wake or end one stream. */
function watchFor<T>(call: Call, { wakes, topic, options }: Following<T>): Watch {
  const { drainSignal, revocations } = options;
  const sessionId = call.actor.kind === "person" ? call.actor.sessionId : undefined;
  let isWoken = false;
  let proceed = () => {};
  const wake = () => {
    isWoken = true;
    proceed();
  };
  const unsubscribe = wakes.subscribe(topic, wake);
  const unhear = revocations.onRevoked((revoked) => {
    if (revoked === sessionId) wake();
  });
  drainSignal.addEventListener("abort", wake);
  call.signal.addEventListener("abort", wake);
  return {
    isLeft: () => call.signal.aborted,
    throwIfEnded() {
      if (drainSignal.aborted) throw draining();
      if (sessionId !== undefined && revocations.isRevoked(sessionId)) {
        throw new DomainError("unauthenticated", "SESSION_REVOKED");
      }
    },
    forget() {
      isWoken = call.signal.aborted || drainSignal.aborted;
    },
    wait(ms) {
      if (isWoken) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        proceed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close() {
      unsubscribe();
      unhear();
      drainSignal.removeEventListener("abort", wake);
      call.signal.removeEventListener("abort", wake);
    },
  };
}
