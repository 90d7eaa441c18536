import { createHash, randomUUID } from "node:crypto";
import { errors } from "nats";
import type { Nats } from "../events/nats.ts";

/** Wake-ups by topic, over all replicas of a service. Hints: one may be lost, so whoever waits polls too. */
export type Wakes = {
  /** Returns how to unsubscribe. */
  subscribe(topic: string, listener: () => void): () => void;
  publish(topics: readonly string[]): void;
  all(): void;
  close(): Promise<void>;
};

/** The wake-ups of `service` in this process. */
export function createWakes(nats: Nats, service: string): Wakes {
  const self = randomUUID();
  const listeners = new Map<string, Set<() => void>>();
  const prefix = `live.${service}.`;

  function wake(hash: string): void {
    for (const listener of listeners.get(hash) ?? []) listener();
  }

  function all(): void {
    for (const hash of listeners.keys()) wake(hash);
  }

  const subscription = nats.connection.subscribe(`${prefix}*`, {
    callback: (error, message) => {
      // Our own come back to us too; they were told at once.
      if (error === null && message.string() !== self) wake(message.subject.slice(prefix.length));
    },
  });
  // What was published while NATS was away is lost.
  const forget = nats.onReconnect(all);

  return {
    subscribe(topic, listener) {
      const hash = hashOf(topic);
      const present = listeners.get(hash) ?? new Set();
      listeners.set(hash, present.add(listener));
      return () => {
        present.delete(listener);
        if (present.size === 0 && listeners.get(hash) === present) listeners.delete(hash);
      };
    },
    publish(topics) {
      for (const hash of new Set(topics.map(hashOf))) {
        wake(hash);
        tellOthers(nats, `${prefix}${hash}`, self);
      }
    },
    all,
    async close() {
      forget();
      if (!nats.connection.isClosed()) subscription.unsubscribe();
    },
  };
}

function tellOthers(nats: Nats, subject: string, self: string): void {
  try {
    nats.connection.publish(subject, self);
  } catch (error) {
    // The process ends; the others poll.
    if (!(error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError))
      throw error;
  }
}

// A topic is any text, a subject's part is not.
function hashOf(topic: string): string {
  return createHash("sha256").update(topic).digest("base64url").slice(0, 22);
}
